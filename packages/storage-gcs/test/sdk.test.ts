import { gzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { type File, Storage as Client } from "@google-cloud/storage";
import { gcs } from "@coatcheck/storage-gcs";
import { bytesOf, expectBytes, failure, KIB, MIB, read, streamOf, text } from "@coatcheck/test-support/cloud";
import { account, bucket, credentials, gcsServer } from "./support.ts";

// What the SDK does to its callers, and what the storage does about it. `file` is the SDK's own way.
const at = gcsServer({ accounts: [account, { email: "allUsers" }], chunkMultiple: 256 * KIB });
const client = (): Client => new Client({ apiEndpoint: at.server.url, projectId: "project" });
const file = (name: string): File => client().bucket(bucket).file(name);

/** What a promise comes to within a second; `"hangs"` where that is nothing. */
async function within(promise: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => (timer = setTimeout(() => resolve("hangs"), 1000)));
  const settled = promise.then(
    () => "ends",
    (error: unknown) => error,
  );
  return await Promise.race([settled, late]).finally(() => clearTimeout(timer));
}

test("a download that is cut never ends in the SDK; the storage reads on", async () => {
  const storage = at.openLimited();
  const bytes = bytesOf(300 * KIB);
  await storage.put("cut", bytes);
  at.server.inject({ at: "answer body", on: "objects.media", action: "reset", bytes: 50_000 });
  expect(await within(file("cut").download({ validation: false, decompress: false }))).toBe("hangs");
  at.server.inject({ at: "answer body", on: "objects.media", action: "reset", bytes: 50_000 });
  expectBytes(await read(storage, "cut"), bytes);
});

test("leaving a read stream early costs the SDK a later request; the storage gives the connection back", async () => {
  const storage = at.open();
  await storage.put("left", bytesOf(4 * MIB));
  for (let round = 0; round < 20; round++) {
    const reader = (await storage.get("left"))!.stream().getReader();
    await reader.read();
    await reader.cancel();
    expect((await storage.stat("left"))!.size).toBe(4 * MIB);
  }
  expect(at.server.counts).toMatchObject({ "objects.get": 20, "objects.media": 20 });
});

test("a put without a condition is not sent again by the SDK; it is by the storage", async () => {
  const busy = { at: "request", action: { status: 503, code: "backendError" } } as const;
  at.server.inject({ ...busy, on: "objects.insert" });
  const save = file("put").save("value", { resumable: false, validation: false });
  expect(await within(save)).toMatchObject({ code: 503 });
  at.server.inject({ ...busy, on: "objects.insert" });
  await at.openLimited().put("put", text("value"));
  expect(at.server.counts["objects.insert"]).toBe(3);
});

test("a conflict has a code in one way of the SDK, a status in the other; in the storage it is one error", async () => {
  const storage = at.open();
  await storage.put("taken", text("theirs"));
  const preconditionOpts = { ifGenerationMatch: 0 };
  const single = await within(file("taken").save("mine", { resumable: false, preconditionOpts }));
  const resumable = await within(file("taken").save("mine", { resumable: true, preconditionOpts }));
  expect([(single as { code?: unknown }).code, (single as { status?: unknown }).status]).toEqual([412, undefined]);
  expect((resumable as { status?: unknown }).status).toBe(412);
  for (const body of [text("mine"), bytesOf(9 * MIB), streamOf(bytesOf(9 * MIB), MIB)]) {
    await failure(storage.put("taken", body, { when: "absent" }), "AlreadyExists");
  }
});

test("the SDK takes no signal; an abort ends the request of the storage on its way", async () => {
  const storage = at.open();
  await storage.put("aborted", bytesOf(100));
  const operations: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
    put: (signal) => storage.put("aborted", text("new"), { signal }),
    get: (signal) => storage.get("aborted", { signal }),
    stat: (signal) => storage.stat("aborted", { signal }),
    list: (signal) => storage.list({ signal }),
    delete: (signal) => storage.delete("aborted", { signal }),
  };
  for (const [name, run] of Object.entries(operations)) {
    at.server.inject({ at: "request", action: "stall" });
    const before = at.server.requests.length;
    const controller = new AbortController();
    const reason = new Error(name);
    const running = run(controller.signal);
    while (at.server.requests.length === before) await new Promise((resolve) => setTimeout(resolve, 1));
    const connections = await at.server.connections();
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    while ((await at.server.connections()) >= connections) await new Promise((resolve) => setTimeout(resolve, 1));
  }
});

test("the SDK decompresses what is kept compressed; the storage gives the bytes that are kept", async () => {
  const bytes = gzipSync("value");
  await at.open().put("page", bytes);
  at.server.buckets.get(bucket)!.compressed.add("page");
  const [decompressed] = await file("page").download({ validation: false });
  expect(decompressed.toString()).toBe("value");
  expectBytes(await read(at.open(), "page"), new Uint8Array(bytes));
  expect((await at.open().stat("page"))!.size).toBe(bytes.byteLength);
});

test("an upload that fails is left behind by the SDK; the storage ends it", async () => {
  async function* failing(): AsyncGenerator<Uint8Array, void, void> {
    yield* streamOf(bytesOf(9 * MIB), MIB);
    throw new Error("the caller's own");
  }
  const writable = file("left").createWriteStream({ resumable: true, chunkSize: MIB, validation: false });
  const { pipeline } = await import("node:stream/promises");
  await expect(pipeline(failing, writable)).rejects.toThrow("the caller's own");
  expect(at.server.orphans.map(({ key }) => key)).toEqual(["left"]);
  await expect(at.open().put("ended", failing())).rejects.toThrow("the caller's own");
  expect(at.server.orphans.map(({ key }) => key)).toEqual(["left"]);
});

test("the address of an upload names a host; the token goes to none but the client's", async () => {
  const storage = gcs({ bucket, endpoint: at.server.url.replace("127.0.0.1", "localhost"), credentials });
  await storage.put("elsewhere", bytesOf(9 * MIB));
  // Those of the SDK, which may still be under way from the test before, have no token.
  const own = at.server.requests.filter(({ headers }) => headers.authorization !== undefined);
  expect(own.map(({ operation }) => operation)).toEqual(["uploads.start", "uploads.chunk"]);
  for (const { headers } of own) expect(headers.host).toMatch(/^localhost:/);
  await storage.close();
});

test("a page that is no delete is not taken for one", async () => {
  at.server.inject({ at: "request", on: "objects.delete", action: "garbage", times: 100 });
  await failure(at.openLimited().delete("key"), "Unavailable");
});
