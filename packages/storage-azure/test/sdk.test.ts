import { expect, test } from "@jest/globals";
import { RestError } from "@azure/storage-blob";
import fc from "fast-check";
import { blobOf, pathOf } from "../src/blob.ts";
import { callOverOwn } from "../src/call.ts";
import {
  bytesOf,
  expectBytes,
  failing,
  failure,
  KIB,
  MIB,
  ONCE,
  read,
  stalling,
  streamOf,
  text,
} from "@coatcheck/test-support/cloud";
import { azureServer, clientOf, container, openWith } from "./support.ts";

// What the SDK does to its callers, and what the storage does about it.
const at = azureServer();

test("the SDK leaves the container on segments such as ..; no key can", async () => {
  expect(clientOf(at.server).getBlockBlobClient("../other/key").containerName).toBe("other");
  expect(clientOf(at.server).getBlockBlobClient("a/../../other/key").containerName).toBe("other");
  for (const key of ["..", "../other/key", "a/../../other/key", "./a", "a/./b", "a/..", ".", "%2e%2e/../other/key"]) {
    expect(() => blobOf(clientOf(at.server), key)).toThrow("Azure would take it for another name");
    await failure(at.open().put(key, text("value")), "InvalidKey");
    await failure(at.open({ prefix: "some/prefix" }).get(key), "InvalidKey");
    await failure(at.open().deleteMany([key]), "InvalidKey");
  }
  expect(() => at.open({ prefix: "../other" })).toThrow(/cannot be \. or \.\./);
  expect(at.server.requests).toEqual([]);
});

test("of any text: the SDK makes a URL of the key, the same as the storage does, or it is refused", () => {
  const client = clientOf(at.server);
  const above = `${new URL(client.url).pathname}/`;
  const unit = fc.oneof(
    fc.constantFrom(
      ".",
      "..",
      "/",
      "\\",
      "%",
      "%2e",
      "%2E",
      "%2f",
      "%5c",
      "?",
      "#",
      ";",
      ":",
      "'",
      "+",
      "&",
      " ",
      "\t",
      "\n",
    ),
    fc.constantFrom(
      "a",
      "ü",
      "\u{1f600}",
      "\ud800",
      "\uffff",
      "\0",
      "[",
      "^",
      "|",
      "{",
      '"',
      "<",
      "~",
      "!",
      "*",
      "(",
      "@",
    ),
    fc.string({ unit: "binary", maxLength: 3 }),
  );
  const urlOf = (key: string): string | undefined => {
    try {
      const { pathname } = new URL(client.getBlockBlobClient(key).url);
      return pathname.startsWith(above) && decodeURIComponent(pathname.slice(above.length)) === key
        ? pathname
        : undefined;
    } catch {
      return undefined;
    }
  };
  let refused = 0;
  const check = (key: string): void => {
    const expected = urlOf(key);
    if (expected === undefined) {
      refused++;
      expect(() => pathOf(key)).toThrow("Azure would take it for another name");
      expect(() => blobOf(client, key)).toThrow("Azure would take it for another name");
      return;
    }
    expect(above + pathOf(key)).toBe(expected);
    expect(new URL(client.url + "/" + pathOf(key)).pathname).toBe(expected);
    expect(new URL(blobOf(client, key).url).pathname).toBe(expected);
  };
  const keys = fc.array(unit, { minLength: 1, maxLength: 8 }).map((units) => units.join(""));
  fc.assert(fc.property(keys, check), { numRuns: 5000 });
  expect(refused).toBeGreaterThan(100);
});

test("names that are escaped, or look so, stay as they are and in their container", async () => {
  const storage = at.open();
  const keys = [
    "%2e%2e/other/key",
    "..%2fother",
    "a%2F..%2F..%2Fother",
    "%5C..%5Ckey",
    "?comp=list",
    "a?b#c",
    "a:b",
    "http:/x",
  ];
  for (const key of keys) {
    await storage.put(key, text(key));
    expectBytes(await read(storage, key), text(key));
    expect(at.server.requests.at(-1)!.key).toBe(key);
  }
  await storage.deleteMany(keys);
  expect((await storage.list()).objects).toEqual([]);
  for (const { operation } of at.server.requests) expect(operation).toMatch(/^(PutBlob|GetBlob|BlobBatch|ListBlobs)$/);
});

test("a call of the SDK that loses its signal, by which it is told from the others, goes to no blob at all", async () => {
  const sdk = await import("@azure/storage-blob");
  const pipeline = sdk.newPipeline(undefined, { retryOptions: { maxTries: 1 } });
  const call = callOverOwn(sdk, new sdk.ContainerClient(`${at.server.endpoint}/${container}`, pipeline), pipeline);
  const { signal } = new AbortController();
  await expect(call("key", signal, (blob) => blob.upload("x", 1))).rejects.toThrow(/nowhere\.invalid/);
  const other = { abortSignal: new AbortController().signal };
  await expect(call("key", signal, (blob) => blob.upload("x", 1, other))).rejects.toThrow(/nowhere\.invalid/);
  expect(at.server.requests).toEqual([]);
  await expect(call("key", signal, (blob) => blob.upload("x", 1, { abortSignal: signal }))).rejects.toThrow();
  expect(at.server.requests).toMatchObject([{ operation: "PutBlob", key: "key" }]);
});

test("a version of the SDK that has its pipeline elsewhere makes a client for each blob", async () => {
  const sdk = await import("@azure/storage-blob");
  class Elsewhere extends sdk.BlockBlobClient {
    protected override storageClientContext = undefined as never;
  }
  const client = clientOf(at.server);
  const call = callOverOwn({ ...sdk, BlockBlobClient: Elsewhere }, client, sdk.newPipeline());
  const { signal } = new AbortController();
  await call("key", signal, (blob) => blob.upload("x", 1, { abortSignal: signal }));
  await expect(call("../key", signal, (blob) => blob.upload("x", 1))).rejects.toMatchObject({ code: "InvalidKey" });
  expect(at.server.requests).toMatchObject([{ operation: "PutBlob", key: "key" }]);
});

test("the SDK takes a name of any length and Azurite keeps it; the storage keeps to Azure's 1,024", async () => {
  await clientOf(at.server).getBlockBlobClient("x".repeat(1025)).upload("x", 1);
  await clientOf(at.server).deleteBlob("x".repeat(1025));
  await failure(at.open().put("x".repeat(1025), text("x")), "InvalidKey");
  await failure(at.open().put("x/".repeat(255) + "x", text("x")), "InvalidKey");
});

test("uploadStream of the SDK does not end by an abort while its source stalls; a put does", async () => {
  const controller = new AbortController();
  const { Readable } = await import("node:stream");
  const source = Readable.from(stalling(bytesOf(10 * KIB)));
  const options = { abortSignal: controller.signal };
  const bare = clientOf(at.server)
    .getBlockBlobClient("bare")
    .uploadStream(source, 64 * KIB, 2, options);
  let settled = false;
  void bare.then(
    () => (settled = true),
    () => (settled = true),
  );
  const put = at.openLimited().put("stalled", stalling(bytesOf(10 * KIB)), { signal: controller.signal });
  await new Promise((resolve) => setTimeout(resolve, 20));
  const reason = new Error("the caller's own");
  controller.abort(reason);
  await expect(put).rejects.toBe(reason);
  expect(settled).toBe(false);
  source.destroy();
});

test("a create conflicts with 409 and a replace with 412; AlreadyExists and Conflict tell them apart", async () => {
  const blob = clientOf(at.server).getBlockBlobClient("conflict");
  const { etag } = await blob.upload("there", 5);
  const statusOf = async (call: Promise<unknown>): Promise<unknown> =>
    await call.catch((error: RestError) => [error.statusCode, error.code]);
  expect(await statusOf(blob.upload("x", 1, { conditions: { ifNoneMatch: "*" } }))).toEqual([409, "BlobAlreadyExists"]);
  expect(await statusOf(blob.upload("x", 1, { conditions: { ifMatch: '"0x1"' } }))).toEqual([412, "ConditionNotMet"]);
  const storage = at.open();
  await failure(storage.put("conflict", text("x"), { when: "absent" }), "AlreadyExists");
  await failure(storage.put("conflict", text("x"), { when: { version: "0x1" } }), "Conflict");
  await storage.put("conflict", text("x"), { when: { version: etag!.replaceAll('"', "") } });
});

test("the SDK's error for the head of what is not there has no code; the header tells a blob from a container", async () => {
  const error = await clientOf(at.server)
    .getBlobClient("never")
    .getProperties()
    .catch((reason: RestError) => reason);
  expect([(error as RestError).statusCode, (error as RestError).code]).toEqual([404, undefined]);
  expect(await at.open().stat("never")).toBe(undefined);
  await failure(at.open({ container: "never-made" }).stat("never"), "Misconfigured");
});

test("ETags are without quotes in listings; versions are everywhere, and conditions have them", async () => {
  const storage = at.open();
  const { version } = await storage.put("quoted", text("value"));
  expect(version).toMatch(/^0x[0-9A-F]+$/);
  expect((await storage.list({ prefix: "quoted" })).objects[0]!.version).toBe(version);
  await storage.put("quoted", text("other"), { when: { version } });
  expect(at.server.requests.at(-1)!.headers["if-match"]).toBe(`"${version}"`);
});

test("the SDK would send again, and read on, by itself: here each is one request, and the storage's", async () => {
  const storage = at.openLimited({ policy: ONCE });
  await at.open().put("once", bytesOf(100 * KIB));
  at.server.reset();
  at.server.inject({ at: "request", action: { status: 503, code: "ServerBusy" }, times: 10 });
  await failure(storage.stat("once"), "RateLimited");
  await failure(storage.put("once", text("x")), "RateLimited");
  expect(at.server.counts).toEqual({ GetBlobProperties: 1, PutBlob: 1 });
  at.server.reset();
  at.server.inject({ at: "answer body", on: "GetBlob", action: "reset", bytes: 1000, times: 10 });
  await failure(read(storage, "once"), "Unavailable");
  expect(at.server.counts).toEqual({ GetBlob: 1 });
});

test("the SDK does not listen to a body that fails; the storage ends the request with its error", async () => {
  const storage = at.openLimited({ partSize: 1000, maxHeld: 4000, count: 2 });
  const own = new Error("the caller's own");
  const put = storage.put("failing", failing(bytesOf(10 * KIB), own), { size: 3 * MIB });
  await expect(put).rejects.toBe(own);
  expect(await storage.stat("failing")).toBe(undefined);
});

test("a stream that a put has sent is not pulled from again by a client that sends again", async () => {
  const storage = openWith(at, clientOf(at.server, 4));
  at.server.inject({ at: "answer", on: "PutBlob", action: { status: 500, code: "InternalError" } });
  await storage.put("stream", streamOf(bytesOf(50 * KIB)));
  expectBytes(await read(storage, "stream"), bytesOf(50 * KIB));
  expect(at.server.requests.every(({ headers }) => headers.host !== undefined)).toBe(true);
  expect(container).toBe("test-container");
});
