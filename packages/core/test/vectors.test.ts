import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { memory, ResultStore } from "@coatcheck/core";
import { associatedData, encodeHeader, parseHeader, type ResultHeader } from "../src/result/header.ts";
import { startDigest } from "../src/result/digest.ts";
import { encodeTrailer } from "../src/result/trailer.ts";
import { plainJson, rejection } from "./helpers.ts";

interface Vector {
  readonly name: string;
  readonly key: string;
  readonly file: string;
  readonly payload?: string;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly associatedData?: string;
  readonly error?: string;
}

const docs = join(__dirname, "../../../docs");
const path = join(docs, "test-vectors/result-files.json");
const base = { createdAt: "2026-11-20T09:00:00.000Z", writeId: "9f86d081884c7d659a2feaa0c55ad015" };
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

async function file(
  header: ResultHeader,
  payload: Uint8Array,
  algorithm: "crc32" | "sha256" = "crc32",
): Promise<Uint8Array> {
  const digest = startDigest(algorithm);
  digest.update(payload);
  const facts = { size: payload.byteLength, digest: await digest.text() };
  if (header.trailer !== undefined) return joined(encodeHeader(header), payload, encodeTrailer(facts));
  return joined(encodeHeader({ ...header, ...facts }), payload);
}

/** The vectors as this version writes them; the file in docs/ was written by it once and must stay readable for ever. */
async function vectors(): Promise<Vector[]> {
  const json = { ...base, serializer: { type: "json" }, codecs: [] };
  const bytes = { ...base, serializer: { type: "bytes", as: "ReadableStream" }, codecs: [] };
  const codecs = {
    ...json,
    codecs: [
      { type: "encrypted", key: "2026" },
      { type: "compressed", codec: "gzip" },
    ],
  };
  const good: [string, string, ResultHeader, Uint8Array, ("crc32" | "sha256")?][] = [
    ["a value as JSON", "reports/today", json, text('{"a":[1,2,3]}')],
    ["an empty payload that expires", "k", { ...json, expiresAt: "2026-12-20T09:00:00.000Z" }, text("")],
    ["codecs and sha256", "Ünïcode/🎟", codecs, text("\u0000\n\u0001"), "sha256"],
    ["a stream with a trailer", "stream", { ...bytes, trailer: "crc32" }, text("line\nline\n")],
    ["an empty stream with a sha256 trailer", "stream", { ...bytes, trailer: "sha256" }, text(""), "sha256"],
  ];
  const read = await Promise.all(
    good.map(async ([name, key, header, payload, algorithm]) => ({
      name,
      key,
      file: base64(await file(header, payload, algorithm)),
      payload: base64(payload),
      header: JSON.parse(new TextDecoder().decode(encodeHeader({ size: 0, digest: "", ...header }))) as Record<
        string,
        unknown
      >,
      associatedData: new TextDecoder().decode(associatedData(header, key)),
    })),
  );
  for (const { header } of read) for (const name of ["size", "digest", "check"]) delete header[name];
  const whole = await file(json, text('{"a":[1,2,3]}'));
  const streamed = await file({ ...bytes, trailer: "crc32" }, text("payload"));
  const changed = (bytesOf: Uint8Array, at: number): Uint8Array =>
    bytesOf.map((byte, i) => (i === at ? byte ^ 1 : byte));
  const later = text('{"coatcheck":2,"anything":true');
  const digest = startDigest("crc32");
  digest.update(later);
  const laterChecked = joined(later, text(`,"check":"${await digest.text()}"}\n`));
  const bad: [string, Uint8Array, string][] = [
    ["nothing", text(""), "Corrupt"],
    ["a cut header", whole.slice(0, 40), "Corrupt"],
    ["a cut payload", whole.slice(0, -1), "Corrupt"],
    ["a byte too many", joined(whole, text("x")), "Corrupt"],
    ["a flipped bit in the version", changed(whole, 13), "Corrupt"],
    ["a flipped bit in the header", changed(whole, 60), "Corrupt"],
    ["a flipped bit in the payload", changed(whole, whole.length - 2), "Corrupt"],
    ["a flipped bit in a trailer's padding", changed(streamed, streamed.length - 3), "Corrupt"],
    ["a cut trailer", streamed.slice(0, -20), "Corrupt"],
    ["version 2", laterChecked, "UnknownFormat"],
    ["version 2 with a wrong check", changed(laterChecked, 20), "Corrupt"],
    ["version 2 without a check", text('{"coatcheck":2,"anything":true}\n'), "UnknownFormat"],
    ["JSON of another kind", text('{"a":1}\n'), "NotAResult"],
    ["JSON of another kind on several lines", text('{\n  "a": 1\n}\n'), "NotAResult"],
    ["an empty line", text("\n"), "NotAResult"],
    ["text", text("hello"), "NotAResult"],
  ];
  return [...read, ...bad.map(([name, bytesOf, error]) => ({ name, key: "k", file: base64(bytesOf), error }))];
}

test("this version writes the vectors as they stand in docs", async () => {
  const now = await vectors();
  if (process.env["UPDATE_VECTORS"] === "1") writeFileSync(path, `${JSON.stringify(now, undefined, 2)}\n`);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(now);
});

const stored = JSON.parse(readFileSync(path, "utf8")) as Vector[];

test.each(stored)("$name", async (vector) => {
  const storage = memory();
  await storage.put(vector.key, Buffer.from(vector.file, "base64"));
  const store = new ResultStore({ storage, serializer: { ...plainJson, type: "json" } });
  if (vector.error !== undefined) {
    const read = async (): Promise<unknown> => {
      const value = await store.read(vector.key);
      return value instanceof ReadableStream ? await new Response(value).arrayBuffer() : value;
    };
    await rejection(read(), vector.error);
    return;
  }
  const { header } = parseHeader(Buffer.from(vector.file, "base64"));
  expect({ coatcheck: 1, ...header }).toMatchObject(vector.header!);
  expect(new TextDecoder().decode(associatedData(header, vector.key))).toBe(vector.associatedData);
  const expired = header.expiresAt !== undefined && Date.parse(header.expiresAt) < Date.now();
  if (header.codecs.length > 0 || expired) return;
  const stream = await (await store.resolve(vector.key)).stream();
  expect(Buffer.from(await new Response(stream).arrayBuffer()).toString("base64")).toBe(vector.payload);
});

test("the reader in Python that stands in the specification agrees", () => {
  const spec = readFileSync(join(docs, "result-file-format.md"), "utf8");
  const [, script] = /```python\n(.*?)```/s.exec(spec)!;
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-python-"));
  try {
    writeFileSync(join(folder, "reader.py"), script!);
    let output: string;
    try {
      output = execFileSync("python3", [join(folder, "reader.py"), path], { encoding: "utf8" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      process.stderr.write("skipped: the Python reader of the file format: there is no python3 here\n");
      return;
    }
    expect(output.trim().split("\n")).toEqual(stored.map(({ name }) => `ok ${name}`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
