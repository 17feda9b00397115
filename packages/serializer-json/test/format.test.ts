import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { SerializationError } from "@coatcheck/core";
import { json } from "@coatcheck/serializer-json";
import { firstDifference } from "@coatcheck/testing";
import { build, type Description } from "./vectors.ts";

interface Vector {
  readonly name: string;
  readonly text: string;
  readonly value: Description;
}
interface Vectors {
  readonly vectors: readonly Vector[];
  readonly alsoRead: readonly Vector[];
  readonly invalid: readonly Omit<Vector, "value">[];
}

const docs = join(__dirname, "../../../docs");
const document = readFileSync(join(docs, "json-format.md"), "utf8");
const { vectors, alsoRead, invalid } = JSON.parse(
  readFileSync(join(docs, "test-vectors/json-values.json"), "utf8"),
) as Vectors;
const serializer = json();
const write = (value: unknown): string => Buffer.from(serializer.serialize(value) as Uint8Array).toString();
const read = (text: string): unknown => serializer.deserialize(Buffer.from(text));

describe("the test vectors", () => {
  test.each(vectors)("$name", ({ text, value }) => {
    expect(write(build(value))).toBe(text);
    expect(firstDifference(read(text), build(value))).toBeUndefined();
  });

  test.each(alsoRead)("also read: $name", ({ text, value }) => {
    expect(firstDifference(read(text), build(value))).toBeUndefined();
  });

  test.each(invalid)("refused: $name", ({ text }) => {
    expect(() => read(text)).toThrow(SerializationError);
  });
});

describe("the document", () => {
  const rows = [...document.matchAll(/^\| `(.+?)` +\| `(.+?)` +\|$/gm)].map(([, value, text]) => ({
    value: value!,
    text: text!,
  }));

  test("has examples", () => {
    expect(rows.length).toBeGreaterThan(30);
  });

  test.each(rows)("$value", ({ value, text }) => {
    // oxlint-disable-next-line no-implied-eval, no-new-func, typescript/no-implied-eval
    const made = new Function(`return (${value});`) as () => unknown;
    expect(write(made())).toBe(text);
    expect(firstDifference(read(text), made())).toBeUndefined();
  });

  test("shows documents that are read", () => {
    const blocks = [...document.matchAll(/```json\n([^]*?)```/g)].map(([, block]) => block!);
    expect(blocks).toHaveLength(3);
    const [error, , graph] = blocks;
    expect(read(error!)).toBeInstanceOf(TypeError);
    const value = read(graph!) as { one: unknown; again: unknown; self: unknown };
    expect(value.one).toBe(value.again);
    expect(value.self).toBe(value);
    expect(() => read(blocks[1]!)).toThrow(/class "Point", which is not registered/);
  });

  test("names every tag, and no other", () => {
    const source = ["kinds.ts", "primitives.ts", "binary.ts"]
      .map((file) => readFileSync(join(__dirname, "../src", file), "utf8"))
      .join("");
    const tags = new Set([...source.matchAll(/"?(\$[a-zA-Z]\w*)"?[,:\]]/g)].map(([, tag]) => tag!));
    expect(tags.size).toBeGreaterThan(25);
    for (const tag of tags) expect(document).toContain(tag);
  });
});

const python = spawnSync("python3", ["--version"], { encoding: "utf8" });
if (python.status === 0) {
  test("the Python reader of the document reads every test vector", () => {
    const script = join(__dirname, "python-check.py");
    const run = spawnSync(
      "python3",
      [script, join(docs, "json-format.md"), join(docs, "test-vectors/json-values.json")],
      { encoding: "utf8" },
    );
    expect(run.stderr).toBe("");
    expect(JSON.parse(run.stdout)).toEqual({ read: vectors.length + alsoRead.length, failed: [] });
  });
} else {
  test("not run, for want of python3: the Python reader of the document reads every test vector", () => {
    console.warn("The Python reader of docs/json-format.md was not run: there is no python3 here.");
  });
}
