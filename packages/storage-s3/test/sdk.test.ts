import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { expect, test } from "@jest/globals";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { s3 } from "@coatcheck/storage-s3";
import type { S3TestServer } from "@coatcheck/test-servers";
import { bytesOf, expectBytes, KIB, MIB, read, streamOf, text } from "@coatcheck/test-support/cloud";
import { bucket, clientOf, credentials, s3Server } from "./support.ts";

// What the SDK does to its callers, and what the storage does about it.
const at = s3Server();

test("a put of a stream without a length throws in the SDK, and is kept by the storage", async () => {
  const bare = clientOf(at.server, { logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} } });
  const Body = (await import("node:stream")).Readable.from([text("value")]);
  await expect(bare.send(new PutObjectCommand({ Bucket: bucket, Key: "bare", Body }))).rejects.toThrow();
  bare.destroy();
  await at.open().put("stream", streamOf(text("value")));
  expectBytes(await read(at.open(), "stream"), text("value"));
});

test("the SDK writes into the credentials it is given; the caller's are left alone", async () => {
  const own = { ...credentials };
  await at.open({ credentials: own }).stat("key");
  expect(own).toEqual(credentials);
});

test("the SDK sends a body that is a stream only once; the storage sends it again", async () => {
  const storage = at.openLimited();
  const chunks = [bytesOf(40 * KIB, 1), bytesOf(20 * KIB, 2)];
  for (const body of [chunks, streamOf(bytesOf(60 * KIB))]) {
    at.server.inject({ at: "request body", on: "PutObject", action: "reset", bytes: 10_000, times: 2 });
    await storage.put("again", body);
    expect(at.server.counts.PutObject).toBe(3);
    at.server.reset();
  }
});

test("the SDK's default checksums come as trailers; other endpoints get none, AWS does", async () => {
  await at.open().put("chunks", [bytesOf(40 * KIB), bytesOf(40 * KIB)]);
  await at.open().put("bytes", bytesOf(40 * KIB));
  for (const { headers } of at.server.requests) {
    expect(headers["content-encoding"]).toBe(undefined);
    expect(headers["x-amz-trailer"]).toBe(undefined);
    expect(headers["x-amz-checksum-crc32"]).toBe(undefined);
  }
  at.server.reset();
  // As for AWS, and as with a client of one's own that says nothing of it.
  const own = clientOf(at.server);
  const storage = at.open({ client: own, credentials: undefined as never });
  const large = [bytesOf(40 * KIB, 1), bytesOf(40 * KIB, 2)];
  await storage.put("chunks", large);
  await storage.put("bytes", bytesOf(1000));
  await storage.put("stream", streamOf(bytesOf(9 * MIB)));
  expect(at.server.requests.find(({ key }) => key === "chunks")!.headers["x-amz-trailer"]).toBe("x-amz-checksum-crc32");
  expect(at.server.requests.find(({ key }) => key === "bytes")!.headers["x-amz-checksum-crc32"]).toEqual(
    expect.any(String),
  );
  expectBytes(await read(storage, "chunks"), Buffer.concat(large));
  expectBytes(await read(storage, "bytes"), bytesOf(1000));
  expectBytes(await read(storage, "stream"), bytesOf(9 * MIB));
  own.destroy();
});

test("deleteMany sends the checksum that services have always asked for", async () => {
  await at.open().deleteMany(["a", "b"]);
  expect(at.server.requests[0]!.headers["content-md5"]).toEqual(expect.any(String));
});

test("an abort while parts are under way rejects when the parts are gone, not before", async () => {
  const storage = at.openLimited();
  const controller = new AbortController();
  const reason = new Error("the caller's own");
  const put = storage.put("aborted", bytesOf(2000 * KIB), { signal: controller.signal });
  while ((at.server.counts.UploadPart ?? 0) < 2) await new Promise((resolve) => setImmediate(resolve));
  controller.abort(reason);
  await expect(put).rejects.toBe(reason);
  expect(at.server.orphans).toEqual([]);
});

test("an abort closes the connection of its own request, with each client, and for each of several of one kind", async () => {
  const open = new Map<string, Promise<unknown>>();
  const silent = createServer(({ url, socket }, answer) => {
    open.set(url!, once(socket, "close"));
    // A body that never ends, or no answer at all.
    if (url!.endsWith("body")) answer.writeHead(200, { etag: '"1"', "content-length": 10 }).flushHeaders();
  });
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const client = clientOf({ url: endpoint } as S3TestServer);
  for (const storage of [s3({ bucket, endpoint, credentials: { ...credentials } }), s3({ bucket, endpoint, client })]) {
    const aborts = ["one", "two", "body"].map((key) => {
      const controller = new AbortController();
      const reason = new Error(key);
      const read = storage.get(key, { signal: controller.signal }).then((object) => object!.bytes());
      return { key, read, reason, abort: () => controller.abort(reason) };
    });
    while (open.size < aborts.length) await new Promise((resolve) => setImmediate(resolve));
    for (const { key, read, reason, abort } of aborts) {
      const [, closed] = [...open].find(([url]) => url.includes(key))!;
      abort();
      await expect(read).rejects.toBe(reason);
      await closed;
    }
    open.clear();
    await storage.close();
  }
  client.destroy();
  silent.close();
});

test("the SDK takes any answer for a delete; the storage only that of a service", async () => {
  const bare = clientOf(at.server);
  at.server.inject({ at: "request", action: "garbage", times: 100 });
  await bare.send(new DeleteObjectCommand({ Bucket: bucket, Key: "key" }));
  bare.destroy();
  await expect(at.openLimited().delete("key")).rejects.toMatchObject({ code: "Unavailable" });
});

test("versions are without quotes, conditions with them", async () => {
  const storage = at.open();
  const { version } = await storage.put("quoted", text("value"));
  expect(version).toMatch(/^[0-9a-f]{32}$/);
  expect((await storage.list({ prefix: "quoted" })).objects[0]!.version).toBe(version);
  await storage.put("quoted", text("other"), { when: { version } });
  expect(at.server.requests.at(-1)!.headers["if-match"]).toBe(`"${version}"`);
});

test("no request asks first whether it may send its body, which would take a connection of its own", async () => {
  await at.open().put("expect", bytesOf(5 * MIB));
  expect(at.server.requests[0]!.headers.expect).toBe(undefined);
});

test("nothing is printed where a body that is a stream fails", async () => {
  const printed: unknown[] = [];
  const { warn } = console;
  console.warn = (...args: unknown[]) => void printed.push(inspect(args));
  try {
    at.server.inject({ at: "request", on: "PutObject", action: { status: 500, code: "InternalError" } });
    await at.openLimited().put("printed", [bytesOf(40 * KIB), bytesOf(20 * KIB)]);
  } finally {
    console.warn = warn;
  }
  expect(printed).toEqual([]);
});
