import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { S3Client } from "@aws-sdk/client-s3";
import { StorageError } from "@coatcheck/core";
import { Script } from "@coatcheck/test-support";
import { bytesOf, credentials, failure, KIB, MIB, read, s3Server, streamOf, text } from "./support.ts";

const at = s3Server();
const large = bytesOf(300 * KIB);

test("a body that is cut, again and again, is read on from where it broke", async () => {
  const storage = at.openLimited();
  await storage.put("cut", large);
  at.server.inject({ at: "answer body", on: "GetObject", action: "reset", bytes: 50_000, times: 5 });
  expect(await read(storage, "cut")).toEqual(large);
  at.server.inject({ at: "answer body", on: "GetObject", action: "reset", bytes: 10_000, times: 2 });
  const object = await storage.get("cut", { range: { start: 1000, end: 200_000 } });
  expect(await object!.bytes()).toEqual(large.subarray(1000, 200_000));
});

test("where a connection is slow, the rest comes in ranges at once: of one version, read on where they break", async () => {
  // Every connection counts as slow.
  const storage = at.openLimited({ ranges: { size: 64 * KIB, atOnce: 3, slow: Infinity } });
  const { version } = await storage.put("ranges", large);
  at.server.reset();
  at.server.inject({ at: "answer body", on: "GetObject", action: "reset", bytes: 10_000, times: 2, after: 1 });
  expect(await read(storage, "ranges")).toEqual(large);
  const gets = at.server.requests.map(({ headers }) => [headers.range, headers["if-match"]]);
  expect(gets[0]).toEqual([undefined, undefined]);
  expect(gets.length).toBeGreaterThanOrEqual(5);
  for (const [range, condition] of gets.slice(1)) {
    expect(range).toMatch(/^bytes=\d+-\d+$/);
    expect(condition).toBe(`"${version}"`);
  }
  const part = await storage.get("ranges", { range: { start: 10, end: 250 * KIB } });
  expect(await part!.bytes()).toEqual(large.subarray(10, 250 * KIB));
});

test("an object that is replaced while its ranges are read is an error and never a mix", async () => {
  const storage = at.openLimited({ ranges: { size: 64 * KIB, atOnce: 2, slow: Infinity } });
  await storage.put("ranges/replaced", large);
  const object = await storage.get("ranges/replaced");
  const reader = object!.stream().getReader();
  await reader.read();
  await storage.put("ranges/replaced", bytesOf(300 * KIB, 2));
  const rest = (async () => {
    for (;;) if ((await reader.read()).done) return "read";
  })();
  expect((await failure(rest, "Unavailable")).detail).toMatch(/replaced or deleted while it was read/);
});

test("a body that is cut without ever a byte more is an error after some attempts", async () => {
  const storage = at.openLimited();
  await storage.put("cut/0", large);
  at.server.inject({ at: "answer body", on: "GetObject", action: "reset", bytes: 0, times: 100 });
  const error = await failure(read(storage, "cut/0"), "Unavailable");
  expect([error.operation, error.key, error.retryable]).toEqual(["get", "cut/0", true]);
});

test("a body that is cut, of an object that was replaced meanwhile, is an error and never a mix", async () => {
  const storage = at.openLimited();
  await storage.put("replaced", large);
  at.server.inject({ at: "answer body", on: "GetObject", action: "reset", bytes: 100_000 });
  const object = await storage.get("replaced");
  await storage.put("replaced", bytesOf(300 * KIB, 2));
  expect((await failure(object!.bytes(), "Unavailable")).detail).toMatch(/replaced or deleted while it was read/);
});

test("a body that stalls is asked for again; one that keeps stalling is Timeout", async () => {
  const storage = at.openLimited({ idleTimeout: 100 });
  await storage.put("stall", large);
  at.server.inject({ at: "answer body", on: "GetObject", action: "stall", bytes: 50_000 });
  expect(await read(storage, "stall")).toEqual(large);
  const patient = at.openLimited({
    idleTimeout: 50,
    policy: { attempts: 2, budget: 1000, firstDelay: 1, maxDelay: 1 },
  });
  at.server.inject({ at: "answer body", on: "GetObject", action: "stall", bytes: 0, times: 100 });
  const error = await failure(read(patient, "stall"), "Timeout");
  expect(error.message).toMatch(/^get "stall" in s3:\/\/test-bucket.*: no byte came within 0\.05 seconds/);
});

test("a reader that takes its time is not timed out", async () => {
  const storage = at.openLimited({ idleTimeout: 50 });
  await storage.put("slow", bytesOf(4 * MIB));
  const reader = (await storage.get("slow"))!.stream().getReader();
  let received = (await reader.read()).value!.byteLength;
  await new Promise((resolve) => setTimeout(resolve, 200));
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) received += chunk.value.byteLength;
  expect(received).toBe(4 * MIB);
});

test("a service that does not answer is Timeout, for every operation; a put that it had may have taken place", async () => {
  const storage = at.openLimited({
    idleTimeout: 30,
    policy: { attempts: 2, budget: 1000, firstDelay: 1, maxDelay: 1 },
  });
  await storage.put("there", text("there"));
  at.server.inject({ at: "request", action: "stall", times: 1000 });
  for (const run of [
    () => storage.get("there"),
    () => storage.stat("there"),
    () => storage.list(),
    () => storage.delete("there"),
  ]) {
    expect((await failure(run(), "Timeout")).retryable).toBe(true);
  }
  expect((await failure(storage.put("there", text("new")), "Timeout")).ambiguous).toBe(true);
});

test("a length that is a lie is an error, never other bytes", async () => {
  const storage = at.openLimited({ idleTimeout: 100 });
  await storage.put("lie", large);
  at.server.inject({ at: "answer body", on: "GetObject", action: { contentLengthOff: 100 }, times: 100 });
  expect((await failure(read(storage, "lie"), "Corrupt")).detail).toMatch(/fewer than the \d+ bytes/);
  at.server.reset();
  at.server.inject({ at: "answer body", on: "GetObject", action: { contentLengthOff: -100 } });
  const object = storage.get("lie", { range: { start: 0, end: 200_000 } }).then((got) => got!.bytes());
  expect(await object).toEqual(large.subarray(0, 200_000));
});

test("a body stream that fails, stalls or is aborted in the middle of an upload leaves no part", async () => {
  const storage = at.openLimited();
  const own = new Error("the caller's own");
  async function* failing(): AsyncGenerator<Uint8Array, void, void> {
    yield* streamOf(large);
    throw own;
  }
  async function* stalling(): AsyncGenerator<Uint8Array, void, void> {
    yield* streamOf(large);
    await new Promise<never>(() => {});
  }
  await expect(storage.put("partial", failing())).rejects.toBe(own);
  expect(at.server.orphans).toEqual([]);
  const controller = new AbortController();
  const put = storage.put("partial", stalling(), { signal: controller.signal });
  while ((at.server.counts.UploadPart ?? 0) < 3) await new Promise((resolve) => setTimeout(resolve, 1));
  controller.abort(own);
  await expect(put).rejects.toBe(own);
  expect(at.server.orphans).toEqual([]);
  expect(await storage.stat("partial")).toBe(undefined);
});

test("a part that fails for good ends the upload, though the source stalls: no part is left", async () => {
  const storage = at.openLimited();
  async function* stalling(): AsyncGenerator<Uint8Array, void, void> {
    yield* streamOf(large);
    await new Promise<never>(() => {});
  }
  at.server.inject({ at: "request", on: "UploadPart", action: { status: 403, code: "AccessDenied" }, after: 2 });
  await failure(storage.put("denied", stalling()), "PermissionDenied");
  expect(at.server.orphans).toEqual([]);
});

test("parts that are cut in their body are sent again", async () => {
  const storage = at.openLimited();
  at.server.inject({ at: "request body", on: "UploadPart", action: "reset", bytes: 1000, times: 5, after: 1 });
  at.server.inject({ at: "answer", on: "UploadPart", action: "reset", times: 2 });
  await storage.put("parts", streamOf(large));
  expect(await read(storage, "parts")).toEqual(large);
  expect(at.server.orphans).toEqual([]);
});

test("a stream of unknown length that has more than all parts hold is TooLarge, and leaves nothing", async () => {
  const storage = at.openLimited({ partSize: 1000, maxHeld: 4000, count: 10 });
  // Parts of 1,000, then 2,000, then 4,000 bytes.
  await storage.put("full", streamOf(bytesOf(35_000)));
  expect(await read(storage, "full")).toEqual(bytesOf(35_000));
  const error = await failure(storage.put("over", streamOf(bytesOf(35_001))), "TooLarge");
  expect(error.detail).toMatch(/Give its size/);
  expect(await storage.stat("over")).toBe(undefined);
  expect(at.server.orphans).toEqual([]);
});

test("with its size given, a stream is sent in parts as large as that needs, and one that no parts hold is refused", async () => {
  const storage = at.openLimited({ partSize: 1000, maxHeld: 4000, count: 2, maxSize: 4 * MIB });
  const bytes = bytesOf(3 * MIB + 17);
  const put = await storage.put("huge", streamOf(bytes), { size: bytes.byteLength });
  expect(put.size).toBe(bytes.byteLength);
  expect(at.server.counts.UploadPart).toBe(2);
  expect(await read(storage, "huge")).toEqual(bytes);
  await failure(storage.put("longer", streamOf(bytes), { size: bytes.byteLength - 1 }), "Corrupt");
  await failure(storage.put("shorter", streamOf(bytes), { size: bytes.byteLength + 1 }), "Corrupt");
  let asked = false;
  async function* never(): AsyncGenerator<Uint8Array, void, void> {
    asked = true;
    yield bytes;
  }
  await failure(storage.put("refused", never(), { size: 4 * MIB + 1 }), "TooLarge");
  expect(asked).toBe(false);
  expect(at.server.orphans).toEqual([]);
});

test("200 gets that are cancelled, read or not, and then one more", async () => {
  const client = new S3Client({
    endpoint: at.server.url,
    region: "us-east-1",
    forcePathStyle: true,
    credentials,
    // Fewer than are cancelled: each must be given back.
    requestHandler: { httpAgent: { maxSockets: 4 } },
  });
  const storage = at.open({ client, credentials: undefined as never });
  await storage.put("many", bytesOf(4 * MIB));
  for (let round = 0; round < 200; round++) {
    const object = await storage.get("many");
    if (round % 2 === 0) await object!.cancel();
    else {
      const reader = object!.stream().getReader();
      await reader.read();
      await reader.cancel();
    }
  }
  expect((await read(storage, "many"))!.byteLength).toBe(4 * MIB);
  client.destroy();
});

test("256 MiB streamed in and out take less than 96 MB of memory", async () => {
  const script = await Script.build(join(__dirname, "stream.child.ts"), { byName: false });
  try {
    const { accessKeyId, secretAccessKey } = credentials;
    const told = await script.run([at.server.url, accessKeyId, secretAccessKey, 256]);
    const { equal, grown } = JSON.parse(told) as { equal: boolean; grown: number };
    expect(equal).toBe(true);
    expect(grown).toBeLessThan(96 * 1e6);
  } finally {
    script.remove();
  }
});

test("whatever is thrown while reading is a StorageError", async () => {
  const storage = at.openLimited({ policy: { attempts: 1, budget: 1000, firstDelay: 1, maxDelay: 1 } });
  await storage.put("thrown", large);
  for (const action of ["reset", { contentLengthOff: 50 }] as const) {
    at.server.inject({ at: "answer body", on: "GetObject", action, bytes: 1000, times: 2 });
    const object = await at
      .openLimited({ idleTimeout: 50, policy: { attempts: 1, budget: 1, firstDelay: 1, maxDelay: 1 } })
      .get("thrown");
    await expect(object!.bytes()).rejects.toBeInstanceOf(StorageError);
    at.server.reset();
  }
});
