import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { type Storage, StorageError } from "@coatcheck/core";
import { Script } from "@coatcheck/test-support";
import { azureServer, bytesOf, clientOf, failure, KIB, MIB, read, streamOf, text } from "./support.ts";

const at = azureServer();
const large = bytesOf(300 * KIB);

test("a body that is cut, again and again, is read on from where it broke", async () => {
  const storage = at.openLimited();
  await storage.put("cut", large);
  at.server.inject({ at: "answer body", on: "GetBlob", action: "reset", bytes: 50_000, times: 5 });
  expect(await read(storage, "cut")).toEqual(large);
  at.server.inject({ at: "answer body", on: "GetBlob", action: "reset", bytes: 10_000, times: 2 });
  const object = await storage.get("cut", { range: { start: 1000, end: 200_000 } });
  expect(await object!.bytes()).toEqual(large.subarray(1000, 200_000));
});

test("a body that is cut without ever a byte more is an error after some attempts", async () => {
  const storage = at.openLimited();
  await storage.put("cut/0", large);
  at.server.inject({ at: "answer body", on: "GetBlob", action: "reset", bytes: 0, times: 100 });
  const error = await failure(read(storage, "cut/0"), "Unavailable");
  expect([error.operation, error.key, error.retryable]).toEqual(["get", "cut/0", true]);
});

test("a body that is cut, of an object that was replaced or deleted meanwhile, is an error and never a mix", async () => {
  const storage = at.openLimited();
  for (const change of ["replace", "delete"]) {
    await storage.put(change, large);
    at.server.inject({ at: "answer body", on: "GetBlob", action: "reset", bytes: 100_000 });
    const object = await storage.get(change);
    await (change === "replace" ? storage.put(change, bytesOf(300 * KIB, 2)) : storage.delete(change));
    expect((await failure(object!.bytes(), "Unavailable")).detail).toMatch(/replaced or deleted while it was read/);
  }
});

test("a body that stalls is asked for again; one that keeps stalling is Timeout", async () => {
  const storage = at.openLimited({ idleTimeout: 500 });
  await at.openLimited().put("stall", large);
  at.server.inject({ at: "answer body", on: "GetBlob", action: "stall", bytes: 50_000 });
  expect(await read(storage, "stall")).toEqual(large);
  const policy = { attempts: 2, budget: 10_000, firstDelay: 1, maxDelay: 1 };
  at.server.inject({ at: "answer body", on: "GetBlob", action: "stall", bytes: 0, times: 100 });
  const error = await failure(read(at.openLimited({ idleTimeout: 500, policy }), "stall"), "Timeout");
  expect(error.message).toMatch(/^get "stall" in az:\/\/test-container.*: no byte came within 0\.5 seconds/);
});

test("a reader that takes its time is not timed out", async () => {
  await at.openLimited().put("slow", bytesOf(4 * MIB));
  const reader = (await at.openLimited({ idleTimeout: 1000 }).get("slow"))!.stream().getReader();
  let received = (await reader.read()).value!.byteLength;
  await new Promise((resolve) => setTimeout(resolve, 2000));
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) received += chunk.value.byteLength;
  expect(received).toBe(4 * MIB);
});

test("a service that does not answer is Timeout, for every operation; a put that it had may have taken place", async () => {
  await at.openLimited().put("there", text("there"));
  const policy = { attempts: 2, budget: 1000, firstDelay: 1, maxDelay: 1 };
  const storage = at.openLimited({ idleTimeout: 50, policy, partSize: MIB });
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
  at.server.reset();
  at.server.inject({ at: "request body", on: "PutBlob", action: "stall", bytes: 1000, times: 1000 });
  expect((await failure(storage.put("there", bytesOf(900_000)), "Timeout")).ambiguous).toBe(true);
  expect(await read(at.openLimited(), "there")).toEqual(text("there"));
});

test("a length that is a lie is an error, never other bytes", async () => {
  await at.openLimited().put("lie", large);
  const storage = at.openLimited({ idleTimeout: 500 });
  at.server.inject({ at: "answer body", on: "GetBlob", action: { contentLengthOff: 100 }, times: 100 });
  expect((await failure(read(storage, "lie"), "Corrupt")).detail).toMatch(/fewer than the \d+ bytes/);
  at.server.reset();
  at.server.inject({ at: "answer body", on: "GetBlob", action: { contentLengthOff: -100 } });
  const object = storage.get("lie", { range: { start: 0, end: 200_000 } }).then((got) => got!.bytes());
  expect(await object).toEqual(large.subarray(0, 200_000));
});

async function* stalling(): AsyncGenerator<Uint8Array, void, void> {
  yield* streamOf(large);
  await new Promise<never>(() => {});
}

/** What is seen of a key, blocks that were never committed aside. */
async function seen(key: string): Promise<unknown[]> {
  const storage = at.openLimited();
  return [await storage.stat(key), await read(storage, key), (await storage.list({ prefix: key })).objects];
}

test("a body stream that fails, stalls or is aborted in the middle of an upload leaves nothing to be seen", async () => {
  const storage = at.openLimited();
  const own = new Error("the caller's own");
  async function* failing(): AsyncGenerator<Uint8Array, void, void> {
    yield* streamOf(large);
    throw own;
  }
  await expect(storage.put("partial", failing())).rejects.toBe(own);
  expect(await seen("partial")).toEqual([undefined, undefined, []]);
  const controller = new AbortController();
  at.server.reset();
  const put = storage.put("partial", stalling(), { signal: controller.signal });
  while ((at.server.counts.PutBlock ?? 0) < 3) await new Promise((resolve) => setTimeout(resolve, 1));
  controller.abort(own);
  await expect(put).rejects.toBe(own);
  expect(await seen("partial")).toEqual([undefined, undefined, []]);
});

test("blocks of an upload that failed stay with Azure, unseen, until the key is written in parts or a week is over", async () => {
  const storage = at.openLimited();
  const { version } = await storage.put("left", text("before"));
  at.server.inject({ at: "request", on: "PutBlockList", action: { status: 403, code: "AuthorizationFailure" } });
  await failure(storage.put("left", large), "PermissionDenied");
  const blob = at.client.getBlockBlobClient("left");
  const left = async (): Promise<number> => (await blob.getBlockList("uncommitted")).uncommittedBlocks?.length ?? 0;
  expect(await left()).toBe(5);
  // What was there has not been touched: a commit of what it has would drop them, and make another version of it.
  expect(await storage.stat("left")).toMatchObject({ version, size: 6 });
  expect(await read(storage, "left")).toEqual(text("before"));
  await storage.put("left", bytesOf(200 * KIB), { when: { version } });
  expect(await left()).toBe(0);
});

test("blocks that another tool left at the key are in the way only where their ids are of another length", async () => {
  const storage = at.openLimited();
  const blob = at.client.getBlockBlobClient("foreign");
  const id = (length: number): string => Buffer.from("x".repeat(length)).toString("base64");
  await blob.stageBlock(id(48), "theirs", 6);
  await storage.put("foreign", large);
  expect(await read(storage, "foreign")).toEqual(large);
  await blob.stageBlock(id(10), "theirs", 6);
  const error = await failure(storage.put("foreign", bytesOf(200 * KIB)), "Unavailable");
  expect(error.detail).toMatch(/another tool .* a week after its last block; until then choose another key/);
  expect(await read(storage, "foreign")).toEqual(large);
  await storage.put("foreign", text("small"));
});

test("a part that fails for good ends the upload, though the source stalls", async () => {
  const storage = at.openLimited();
  const denied = { status: 403, code: "AuthorizationPermissionMismatch" };
  at.server.inject({ at: "request", on: "PutBlock", action: denied, after: 2 });
  await failure(storage.put("denied", stalling()), "PermissionDenied");
  expect(await seen("denied")).toEqual([undefined, undefined, []]);
});

test("parts that are cut in their body, or whose answer is lost, are sent again", async () => {
  const storage = at.openLimited();
  at.server.inject({ at: "request body", on: "PutBlock", action: "reset", bytes: 1000, times: 5, after: 1 });
  at.server.inject({ at: "answer", on: "PutBlock", action: "reset", times: 2 });
  await storage.put("parts", streamOf(large));
  expect(await read(storage, "parts")).toEqual(large);
});

test("a stream of unknown length that has more than all parts hold is TooLarge, and leaves nothing", async () => {
  const storage = at.openLimited({ partSize: 1000, maxHeld: 4000, count: 10 });
  // Parts of 1,000, then 2,000, then 4,000 bytes.
  await storage.put("full", streamOf(bytesOf(35_000)));
  expect(await read(storage, "full")).toEqual(bytesOf(35_000));
  const error = await failure(storage.put("over", streamOf(bytesOf(35_001))), "TooLarge");
  expect(error.detail).toMatch(/Give its size/);
  expect(await seen("over")).toEqual([undefined, undefined, []]);
});

test("with its size given, a stream is sent in parts as large as that needs, and one that no parts hold is refused", async () => {
  const storage = at.openLimited({ partSize: 1000, maxHeld: 4000, count: 2, maxSize: 4 * MIB });
  const bytes = bytesOf(3 * MIB + 17);
  const put = await storage.put("huge", streamOf(bytes), { size: bytes.byteLength });
  expect(put.size).toBe(bytes.byteLength);
  expect(at.server.counts.PutBlock).toBe(2);
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
  // A client that sends again by itself cannot do so with a stream, and does not keep an empty block.
  const client = clientOf(at.server, 3);
  const own = { container: undefined, endpoint: undefined, accountKey: undefined, client };
  const retrying: Storage = at.openLimited({ partSize: 1000, maxHeld: 4000, count: 2 }, own);
  at.server.inject({ at: "answer", on: "PutBlock", action: { status: 500, code: "InternalError" } });
  await failure(retrying.put("once", streamOf(bytes), { size: bytes.byteLength }), "Unknown");
  expect(await seen("once")).toEqual([undefined, undefined, []]);
});

test("the limits are those of Azure: 50,000 blocks, and more than 190 TiB", async () => {
  const storage = at.open();
  let asked = false;
  async function* never(): AsyncGenerator<Uint8Array, void, void> {
    asked = true;
    yield large;
  }
  const error = await failure(storage.put("over", never(), { size: 50_000 * 4000 * MIB + 1 }), "TooLarge");
  expect([error.detail.includes("209715200000000"), asked]).toEqual([true, false]);
});

test("200 gets that are cancelled, read or not, and then one more", async () => {
  const storage = at.open();
  await storage.put("many", bytesOf(MIB));
  for (let round = 0; round < 200; round++) {
    const object = await storage.get("many");
    if (round % 2 === 0) await object!.cancel();
    else {
      const reader = object!.stream().getReader();
      await reader.read();
      await reader.cancel();
    }
  }
  expect((await read(storage, "many"))!.byteLength).toBe(MIB);
}, 180_000);

test("256 MiB streamed in and out take less than 96 MB of memory", async () => {
  const script = await Script.build(join(__dirname, "stream.child.ts"));
  try {
    const output = await script.run([at.server.endpoint, at.server.account.key, 256]);
    const { equal, grown } = JSON.parse(output) as { equal: boolean; grown: number };
    expect(equal).toBe(true);
    expect(grown).toBeLessThan(96 * 1e6);
  } finally {
    script.remove();
  }
}, 180_000);

test("whatever is thrown while reading is a StorageError", async () => {
  await at.openLimited().put("thrown", large);
  const policy = { attempts: 1, budget: 1, firstDelay: 1, maxDelay: 1 };
  for (const action of ["reset", { contentLengthOff: 50 }] as const) {
    at.server.inject({ at: "answer body", on: "GetBlob", action, bytes: 1000, times: 2 });
    const object = await at.openLimited({ idleTimeout: 1000, policy }).get("thrown");
    await expect(object!.bytes()).rejects.toBeInstanceOf(StorageError);
    at.server.reset();
  }
});
