import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import type { Storage, StorageError } from "@coatcheck/core";
import type { S3Options } from "@coatcheck/storage-s3";
import {
  bytesOf,
  errorTests,
  expectAll,
  expectBytes,
  expectNoSecret,
  failing,
  failure,
  failures,
  KIB,
  read,
  streamOf,
  text,
} from "@coatcheck/test-support/cloud";
import { credentials, s3Server } from "./support.ts";

const expired = {
  accessKeyId: "AKIAEXPIREDEXPIRED01",
  secretAccessKey: "expired-secret",
  sessionToken: "expired-token",
};
const reader = { accessKeyId: "reader", secretAccessKey: "reader-secret" };
const outsider = { accessKeyId: "outsider", secretAccessKey: "outsider-secret" };
const litterer = { accessKeyId: "litterer", secretAccessKey: "litterer-secret" };
const at = s3Server({
  accounts: [
    credentials,
    { ...expired, expired: true },
    { ...reader, denied: ["PutObject", "CreateMultipartUpload", "DeleteObject", "DeleteObjects"] },
    { ...outsider, denied: ["ListObjectsV2"] },
    { ...litterer, denied: ["AbortMultipartUpload"] },
  ],
});

const openAs = (given: Partial<S3Options>): Storage => at.openLimited({}, given);

// The answer to a head has no body that could say so.
errorTests(at, { mute: ["stat"], version: 'ETag: "1"' });

test("S3: a region that is not the bucket's", async () => {
  expectAll(
    await failures(at, openAs({ region: "eu-west-1" })),
    "Misconfigured",
    /"test-bucket" is in another region\. Give its region/,
  );
  const headers = { "x-amz-bucket-region": "ap-south-1" };
  at.server.inject({ at: "request", times: 100, action: { status: 301, code: "PermanentRedirect", headers } });
  expectAll(await failures(at, openAs({})), "Misconfigured", /Give region: "ap-south-1"/);
});

test("S3: credentials that nobody knows, that are wrong, that have expired", async () => {
  const unknown = openAs({ credentials: { ...credentials, accessKeyId: "AKIAUNKNOWNUNKNOWN01" } });
  expectAll(await failures(at, unknown), "Unauthenticated", /does not know the access key\. Correct the credentials/);
  const wrong = openAs({ credentials: { ...credentials, secretAccessKey: "wrong-secret" } });
  expectAll(await failures(at, wrong), "Unauthenticated", /the secret access key is wrong/);
  expectAll(await failures(at, openAs({ credentials: expired })), "Unauthenticated", /have expired\. Get new ones/);
  const token = openAs({ credentials: { ...credentials, sessionToken: "hunter2" } });
  expectAll(await failures(at, token), "Unauthenticated", /session token is not valid/);
});

test("S3: no credentials at all", async () => {
  const none = openAs({
    credentials: () => Promise.reject(Object.assign(new Error("none"), { name: "CredentialsProviderError" })),
  });
  expectAll(await failures(at, none), "Unauthenticated", /no credentials were found/);
});

test("S3: no credential stands in an error, whatever is looked at", async () => {
  const wrong = {
    accessKeyId: "AKIAUNKNOWNUNKNOWN01",
    secretAccessKey: "wrong-secret-wrong",
    sessionToken: "token-token",
  };
  for (const given of [wrong, { ...wrong, accessKeyId: credentials.accessKeyId }, expired]) {
    const secrets = Object.values(given);
    await expectNoSecret(at, openAs({ credentials: given }), secrets, /Signature=|CanonicalRequest|SignatureProvided/);
  }
});

test("S3: no permission to write", async () => {
  await at.open().put("key", text("value"));
  const errors = await failures(at, openAs({ credentials: reader }), ["get", "stat", "list"]);
  expectAll(errors, "PermissionDenied", /do not allow it in the bucket "test-bucket": it needs s3:.*\. Grant it/);
  for (const [name, permission] of Object.entries({
    put: "s3:PutObject.",
    large: "s3:PutObject.",
    delete: "s3:DeleteObject.",
    "delete a version": "s3:DeleteObject and s3:GetObject.",
    deleteMany: "s3:DeleteObject.",
  })) {
    expect(errors[name]!.detail).toContain(`it needs ${permission} Grant it`);
  }
  expectBytes(await read(openAs({ credentials: reader }), "key"), text("value"));
  expect(at.server.orphans).toEqual([]);
});

test("S3: no permission to list: forbidden, and never not found", async () => {
  const storage = openAs({ credentials: outsider });
  for (const run of [() => storage.stat("never"), () => storage.get("never"), () => storage.list()]) {
    expect((await failure(run(), "PermissionDenied")).detail).toMatch(/s3:ListBucket/);
  }
  await storage.put("there", text("value"));
  expectBytes(await read(storage, "there"), text("value"));
});

test("S3: no permission to remove the parts of an upload that fails: the error says that they are left", async () => {
  const storage = openAs({ credentials: litterer });
  await storage.put("taken", text("value"));
  const error = await failure(storage.put("taken", streamOf(bytesOf(200 * KIB)), { when: "absent" }), "AlreadyExists");
  expect(error.detail).toMatch(
    /^an object is there already\. Parts of the upload were left behind.*s3:AbortMultipartUpload/,
  );
  expect(at.server.orphans.map(({ key }) => key)).toEqual(["taken"]);
  // What is the caller's own is not changed.
  const own = new Error("the caller's own");
  await expect(storage.put("new", failing(bytesOf(200 * KIB), own))).rejects.toBe(own);
  for (const { uploads } of at.server.buckets.values()) uploads.clear();
});

test("S3: a key that the service finds too long", async () => {
  at.server.inject({ at: "request", times: 2, action: { status: 400, code: "KeyTooLongError" } });
  expect((await failure(openAs({}).put("key", text("value")), "InvalidKey")).detail).toMatch(/Choose a shorter one/);
});

test("S3: a key that a service with files below cannot hold beside another one: tried again only where that may help", async () => {
  const refuse = (code: string, times: number): void => {
    at.server.reset();
    at.server.inject({ at: "request", action: { status: 409, code }, times });
  };
  refuse("ObjectParentIsFile", 1);
  expect((await failure(openAs({}).put("key", text("value")), "InvalidKey")).detail).toMatch(/takes no a\/b/);
  expect(at.server.counts).toEqual({ PutObject: 1 });
  // As it is said while the last object below the key is deleted.
  refuse("ExistingObjectIsDirectory", 2);
  await openAs({}).put("key", text("value"));
  expect(at.server.counts).toEqual({ PutObject: 3 });
  refuse("ExistingObjectIsDirectory", 100);
  await failure(openAs({}).put("key", text("value")), "InvalidKey");
});

test("S3: a clock that is an hour off is put right by the service's answer", async () => {
  at.server.clockOffset = 3_600_000;
  const storage = openAs({});
  await storage.put("key", text("value"));
  expectBytes(await read(storage, "key"), text("value"));
});

test("S3: a clock that cannot be put right is an error of its own", async () => {
  at.server.inject({ at: "request", times: 1000, action: { status: 403, code: "RequestTimeTooSkewed" } });
  expectAll(await failures(at, openAs({})), "Unauthenticated", /clock of this machine is wrong/);
});

test("S3: a page to sign in is no sign that anything was deleted", async () => {
  const portal = createServer((request, answer) => {
    request
      .resume()
      .once("end", () => answer.writeHead(200, { "content-type": "text/html" }).end("<html>Sign in</html>"));
  });
  await new Promise<void>((resolve) => portal.listen(0, "127.0.0.1", resolve));
  try {
    const endpoint = `http://127.0.0.1:${(portal.address() as AddressInfo).port}`;
    const storage = openAs({ endpoint });
    await failure(storage.delete("a"), "Unavailable");
    const deleting: Promise<unknown> = storage.deleteMany(["a", "b"]);
    const { errors } = (await deleting.catch((error: unknown) => error)) as { errors: readonly StorageError[] };
    expect(errors.map(({ key }) => key)).toEqual(["a", "b"]);
    expectAll(Object.fromEntries(errors.entries()), "Unavailable", /answered with no sign of a delete/);
  } finally {
    portal.close();
  }
});
