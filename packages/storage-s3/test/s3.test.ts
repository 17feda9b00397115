import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { openStorage, registerBlock } from "@coatcheck/core";
import { s3, type S3Options } from "@coatcheck/storage-s3";
import { expectBytes, lazyTest, MIB, read, refusalBy, requestTest, text } from "@coatcheck/test-support/cloud";
import { bucket, clientOf, credentials, s3Server } from "./support.ts";

const at = s3Server();

const refusal = (options: object): string => refusalBy(s3, options);

test("options that cannot be are refused at once, and say why", () => {
  expect(refusal({})).toBe('InvalidOption: Storage type s3 needs the option "bucket" (a string).');
  expect(refusal({ bucket, regoin: "x" })).toMatch(/^UnknownOption: .* Did you mean "region"\?/);
  for (const wrong of [
    "",
    "ab",
    "Upper",
    "under_score",
    "a..b",
    "-a-b",
    "a.b-",
    "192.168.0.1",
    "a/b",
    "x".repeat(64),
  ]) {
    expect(refusal({ bucket: wrong })).toMatch(/^InvalidOption: .*"bucket" is the name of a bucket/);
  }
  expect(refusal({ bucket: "name--use1-az4--x-s3" })).toMatch(/directory bucket/);
  expect(refusal({ bucket: "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap" })).toMatch(/alias/);
  expect(refusal({ bucket, region: "EU West" })).toMatch(/^InvalidOption: .*"region"/);
  for (const endpoint of ["localhost:9000", "ftp://host", "https://host?x=1", "nothing"]) {
    expect(refusal({ bucket, endpoint })).toMatch(/^InvalidOption: .*"endpoint"/);
  }
  expect(refusal({ bucket, endpoint: "https://user:hunter2@host" })).toMatch(/cannot hold a user or a password/);
  expect(refusal({ bucket, endpoint: "https://user:hunter2@host" })).not.toMatch(/hunter2/);
  expect(refusal({ bucket, credentials: { accessKeyId: "a" } })).toMatch(/needs accessKeyId and secretAccessKey/);
  expect(refusal({ bucket, credentials: { ...credentials, secret: "x" } })).toMatch(/has accessKeyId/);
  expect(refusal({ bucket, credentials, client: {} })).toMatch(/cannot be given with "client"/);
  for (const client of [{}, { send: () => {} }, { getObject: () => {} }]) {
    expect(refusal({ bucket, client })).toMatch(/^InvalidOption: .*is an S3Client of @aws-sdk\/client-s3/);
  }
  expect(refusal({ bucket, credentials: "hunter2" })).not.toMatch(/hunter2/);
});

test("the URL says where it is, canonical and without secrets", () => {
  const url = (options: Partial<S3Options>): string => s3({ bucket, ...options }).url;
  expect(url({})).toBe("s3://test-bucket");
  expect(url({ prefix: "a b/c", region: "eu-west-1" })).toBe("s3://test-bucket/a%20b/c?region=eu-west-1");
  expect(url({ endpoint: "HTTPS://S3.Example.com:443/" })).toBe(url({ endpoint: "https://s3.example.com" }));
  expect(url({ endpoint: "http://h", forcePathStyle: true })).toBe(url({ endpoint: "http://h" }));
  expect(url({ endpoint: "http://h", forcePathStyle: false })).toBe(
    "s3://test-bucket?endpoint=http%3A%2F%2Fh&forcePathStyle=false",
  );
  expect(url({ credentials: { ...credentials, sessionToken: "hunter2" } })).toBe("s3://test-bucket");
});

test("its URL opens the same place", async () => {
  for (const options of [
    { prefix: "some/pre fix", region: "us-east-1" },
    { forcePathStyle: true },
    { region: "eu-west-1", forcePathStyle: false },
  ]) {
    const storage = at.open(options);
    expect((await openStorage(storage.url)).url).toBe(storage.url);
  }
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
  try {
    process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
    const storage = at.open({ prefix: "by-url" });
    await storage.put("key", text("value"));
    const opened = await openStorage(storage.url);
    expectBytes(await read(opened, "key"), text("value"));
    await opened.close();
  } finally {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY });
    if (AWS_ACCESS_KEY_ID === undefined) delete process.env.AWS_ACCESS_KEY_ID;
    if (AWS_SECRET_ACCESS_KEY === undefined) delete process.env.AWS_SECRET_ACCESS_KEY;
  }
});

test("credentials cannot stand in a URL", async () => {
  await expect(openStorage("s3://test-bucket?credentials=hunter2")).rejects.toThrow(/which is secret/);
  registerBlock("s3/test", { bucket, credentials });
  expect((await openStorage("s3/test")).url).toBe("s3://test-bucket");
});

requestTest(at, (storage) => ({
  "a put of 16 MiB": [() => storage.put("large", new Uint8Array(16 * MIB)), { PutObject: 1 }],
  deleteMany: [() => storage.deleteMany(["a", "b"]), { DeleteObjects: 1 }],
  "deleteMany of 1,001": [
    () => storage.deleteMany(Array.from({ length: 1001 }, (_, at) => `${at}`)),
    { DeleteObjects: 2 },
  ],
}));

test("what is asked once: whether the bucket is there, and whether conditional deletes are known", async () => {
  const storage = at.open();
  await storage.stat("never");
  await storage.stat("never");
  expect(at.server.counts).toEqual({ HeadObject: 2, GetObject: 1 });
  for (const key of ["a", "b"]) {
    const { version } = await storage.put(key, text(key));
    await storage.delete(key, { when: { version } });
  }
  expect(at.server.counts).toMatchObject({ DeleteObject: 3 });
});

test("an object is kept under its key, with its media type and its write id, in one bucket", async () => {
  const storage = at.open({ prefix: "some/prefix" });
  await storage.put("a b/ü", text("value"), { contentType: "text/plain" });
  const [key, object] = [...at.server.buckets.get(bucket)!.objects].at(-1)!;
  expect(key).toBe("some/prefix/a b/ü");
  expect(object.headers).toEqual({
    "content-type": "text/plain",
    "x-amz-meta-coatcheck-write-id": expect.stringMatching(/^[0-9a-f]{32}$/),
  });
});

test("a client of one's own is used as it is, and not closed", async () => {
  const client = clientOf(at.server);
  const config = { ...client.config };
  const storage = s3({ bucket, client });
  await storage.put("own", text("value"), { when: "absent" });
  await storage.close();
  const second = s3({ bucket, client });
  expectBytes(await read(second, "own"), text("value"));
  expect(await second.sign("own", { operation: "get", expiresIn: 1000 })).toContain(at.server.url);
  expect(client.config.maxAttempts).toBe(config.maxAttempts);
  client.destroy();
});

test("credentials from a function are asked for, and asked again when they expire", async () => {
  let asked = 0;
  const storage = at.open({
    credentials: () => {
      asked++;
      return Promise.resolve({ ...credentials, expiration: new Date(Date.now() + 1000) });
    },
  });
  await storage.put("a", text("a"));
  await storage.put("b", text("b"));
  expect(asked).toBeGreaterThanOrEqual(2);
});

lazyTest(at, join(__dirname, "lazy.child.ts"));
