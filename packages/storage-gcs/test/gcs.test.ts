import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { Storage as Client } from "@google-cloud/storage";
import { openStorage, registerBlock } from "@coatcheck/core";
import { gcs, type GcsOptions } from "@coatcheck/storage-gcs";
import {
  bytesOf,
  expectBytes,
  failure,
  lazyTest,
  MIB,
  read,
  refusalBy,
  requestTest,
  streamOf,
  text,
} from "@coatcheck/test-support/cloud";
import { bucket, credentials, gcsServer } from "./support.ts";

const at = gcsServer();

const refusal = (options: object): string => refusalBy(gcs, options);

test("options that cannot be are refused at once, and say why", () => {
  expect(refusal({})).toBe('InvalidOption: Storage type gcs needs the option "bucket" (a string).');
  expect(refusal({ bucket, prefx: "x" })).toMatch(/^UnknownOption: .* Did you mean "prefix"\?/);
  const long = "x".repeat(64);
  for (const wrong of ["", "ab", "Upper", "a..b", "-a-b", "a.b-", "192.168.0.1", "a/b", long, `a.${long}`]) {
    expect(refusal({ bucket: wrong })).toMatch(/^InvalidOption: .*"bucket" is the name of a bucket: 3 to 63/);
  }
  for (const wrong of ["goog-results", "my-google-bucket"]) expect(refusal({ bucket: wrong })).toMatch(/cannot begin/);
  for (const right of ["under_score", "a.b.c", `${"x".repeat(63)}.${"y".repeat(63)}`]) {
    expect(refusal({ bucket: right })).toBe("taken");
  }
  for (const endpoint of ["localhost:9000", "ftp://host", "https://host?x=1", "nothing"]) {
    expect(refusal({ bucket, endpoint })).toMatch(/^InvalidOption: .*"endpoint"/);
  }
  expect(refusal({ bucket, endpoint: "https://user:hunter2@host" })).toMatch(/cannot hold a user or a password/);
  expect(refusal({ bucket, credentials: { client_email: "a" } })).toMatch(/needs client_email and private_key/);
  expect(refusal({ bucket, credentials, client: {} })).toMatch(/cannot be given with "client"/);
  for (const client of [{}, new Client({ projectId: "unused" }).bucket(bucket)]) {
    expect(refusal({ bucket, client })).toMatch(/^InvalidOption: .*is a Storage of @google-cloud\/storage/);
  }
  expect(refusal({ bucket, credentials: "/path/to/key.json" })).toMatch(/give what the file holds/);
  for (const wrong of ["hunter2", '{"private_key":"hunter2"}', { private_key: "hunter2" }]) {
    expect(refusal({ bucket, credentials: wrong })).not.toMatch(/hunter2/);
  }
});

test("the URL says where it is, canonical and without secrets", () => {
  const url = (options: Partial<GcsOptions>): string => gcs({ bucket, ...options }).url;
  expect(url({})).toBe("gs://test-bucket");
  expect(url({ prefix: "a b/c" })).toBe("gs://test-bucket/a%20b/c");
  expect(url({ endpoint: "HTTPS://Storage.Example.com:443/" })).toBe(url({ endpoint: "https://storage.example.com" }));
  expect(url({ endpoint: "http://h" })).toBe("gs://test-bucket?endpoint=http%3A%2F%2Fh");
  expect(url({ credentials })).toBe("gs://test-bucket");
});

test("its URL opens the same place", async () => {
  const storage = at.open({ prefix: "some/pre fix" });
  expect((await openStorage(storage.url)).url).toBe(storage.url);
  registerBlock("gcs/test", { bucket, endpoint: at.server.url, credentials: JSON.stringify(credentials) });
  const opened = await openStorage("gcs/test");
  await opened.put("by-name", text("value"));
  expectBytes(await read(at.open(), "by-name"), text("value"));
  await opened.close();
});

test("credentials cannot stand in a URL", async () => {
  await expect(openStorage("gs://test-bucket?credentials=hunter2")).rejects.toThrow(/which is secret/);
});

requestTest(at, (storage) => ({
  "a put of 9 MiB": [() => storage.put("d", bytesOf(9 * MIB)), { "uploads.start": 1, "uploads.chunk": 1 }],
  "a stream of 9 MiB": [() => storage.put("d", streamOf(bytesOf(9 * MIB))), { "uploads.start": 1, "uploads.chunk": 2 }],
  "a stat of nothing": [() => storage.stat("never"), { "objects.get": 1 }],
  deleteMany: [() => storage.deleteMany(["a", "b"]), { "objects.delete": 2 }],
}));

test("an object is kept under its key, with its media type and its write id, in one bucket", async () => {
  const storage = at.open({ prefix: "some/prefix" });
  for (const body of [text("value"), bytesOf(9 * MIB)]) {
    await storage.put("a b/ü", body, { contentType: "text/plain" });
    const [key, object] = [...at.server.buckets.get(bucket)!.objects].at(-1)!;
    expect(key).toBe("some/prefix/a b/ü");
    expect(object.contentType).toBe("text/plain");
    expect(object.metadata).toEqual({ "coatcheck-write-id": expect.stringMatching(/^[0-9a-f]{32}$/) });
  }
});

test("a media type that no header can hold is refused before anything is sent", async () => {
  for (const contentType of ["text/plain\r\nx-goog-acl: public-read", "text/plain\n\nbytes", "tëxt"]) {
    for (const body of [text("value"), bytesOf(9 * MIB)]) {
      await failure(at.open().put("typed", body, { contentType }), "Misconfigured");
    }
  }
  expect(at.server.requests).toEqual([]);
});

test("the version is the generation: other bytes have another, and so have the same", async () => {
  const storage = at.open();
  const first = await storage.put("same", text("value"));
  const second = await storage.put("same", text("value"));
  expect(first.version).toMatch(/^\d+$/);
  expect(second.version).not.toBe(first.version);
});

test("a signed URL is good for its time, and for no more", async () => {
  const storage = at.open();
  await storage.put("signed", text("value"));
  const url = await storage.sign("signed", { operation: "get", expiresIn: 60_000 });
  expect(url).toContain(`${at.server.url}/test-bucket/signed?X-Goog-Algorithm=GOOG4-RSA-SHA256&`);
  expect(await (await fetch(url)).text()).toBe("value");
  const tampered = await fetch(url.replace("X-Goog-Expires=60", "X-Goog-Expires=6000"));
  expect(tampered.status).toBe(403);
  at.server.clockOffset = 61_000;
  expect((await fetch(url)).status).toBe(400);
  for (const expiresIn of [0, 999, 604_800_001, NaN]) {
    await failure(storage.sign("signed", { operation: "get", expiresIn }), "Misconfigured");
  }
  expect(await storage.sign("signed", { operation: "put", expiresIn: 604_800_000 })).toContain(
    "X-Goog-Expires=604800&",
  );
});

test("a URL cannot be signed without a key, and the error says what it takes", async () => {
  const authClient = {
    request: () => Promise.reject(new Error("never")),
    getRequestHeaders: () => Promise.resolve({}),
  };
  const client = new Client({ apiEndpoint: at.server.url, projectId: "project", authClient: authClient as never });
  const storage = gcs({ bucket, client });
  const { METADATA_SERVER_DETECTION } = process.env;
  try {
    process.env.METADATA_SERVER_DETECTION = "none";
    const error = await failure(storage.sign("key", { operation: "get", expiresIn: 1000 }), "Unauthenticated");
    expect(error.detail).toMatch(/credentials with a private key, or the permission iam\.serviceAccounts\.signBlob/);
  } finally {
    if (METADATA_SERVER_DETECTION === undefined) delete process.env.METADATA_SERVER_DETECTION;
    else process.env.METADATA_SERVER_DETECTION = METADATA_SERVER_DETECTION;
  }
});

test("a client of one's own is used as it is: with its credentials, and with its interceptors", async () => {
  const client = new Client({
    apiEndpoint: at.server.url,
    useAuthWithCustomEndpoint: true,
    credentials: credentials as never,
  });
  client.interceptors.push({
    request: (options) => ({ ...options, headers: { ...options.headers, "x-goog-custom-audit-job": "nightly" } }),
  } as Client["interceptors"][number]);
  const storage = gcs({ bucket, client });
  await storage.put("own", text("value"), { when: "absent" });
  expect(at.server.requests.at(-1)!.headers["x-goog-custom-audit-job"]).toBe("nightly");
  await storage.close();
  const second = gcs({ bucket, client });
  expectBytes(await read(second, "own"), text("value"));
  await second.close();
  // The SDK itself goes on with it.
  expect((await client.bucket(bucket).file("own").download({ validation: false }))[0].toString()).toBe("value");
});

lazyTest(at, join(__dirname, "lazy.child.ts"));
