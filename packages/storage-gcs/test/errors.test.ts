import { expect, test } from "@jest/globals";
import type { Storage, StorageErrorCode } from "@coatcheck/core";
import { gcs, type GcsCredentials } from "@coatcheck/storage-gcs";
import type { GcsAccount } from "@coatcheck/test-servers";
import {
  answering,
  errorTests,
  expectAll,
  expectBytes,
  expectNoSecret,
  failure,
  failures,
  ONCE,
  read,
  text,
} from "@coatcheck/test-support/cloud";
import { account, bucket, credentials, gcsServer, keyFileOf, privateKey } from "./support.ts";

const who = (name: string): GcsAccount => ({
  email: `${name}@project.iam.gserviceaccount.com`,
  privateKey: privateKey(),
});
const expired = who("expired");
const reader = who("reader");
const outsider = who("outsider");
const creator = who("creator");
const at = gcsServer({
  accounts: [
    account,
    { ...expired, expired: true },
    { ...reader, denied: ["storage.objects.create", "storage.objects.delete"] },
    { ...outsider, denied: ["storage.objects.list"] },
    { ...creator, denied: ["storage.objects.delete"] },
  ],
});

const openAs = (given: GcsCredentials): Storage => at.openLimited({}, { credentials: given });

errorTests(at, { version: "x-goog-generation: 1" });

test("GCS: credentials that nobody knows, that are of another key, that have expired", async () => {
  const detail = /does not take the token: it has expired, was withdrawn, or the clock/;
  expectAll(await failures(at, openAs(keyFileOf(who("nobody")))), "Unauthenticated", detail);
  expectAll(await failures(at, openAs({ ...credentials, private_key: privateKey() })), "Unauthenticated", detail);
  expectAll(await failures(at, openAs(keyFileOf(expired))), "Unauthenticated", detail);
});

test("GCS: a private key that is none", async () => {
  const errors = await failures(at, openAs({ ...credentials, private_key: "hunter2" }));
  expectAll(errors, "Unauthenticated", /private key of the credentials cannot be read/);
});

test("GCS: no credentials, where the service asks for some", async () => {
  const storage = gcs({ bucket, endpoint: at.server.url });
  expectAll(await failures(at, storage), "Unauthenticated", /asks for credentials.*Give the option credentials/);
  await storage.close();
});

test("GCS: no credential stands in an error, whatever is looked at", async () => {
  for (const given of [keyFileOf(who("nobody")), keyFileOf(expired), { ...credentials, private_key: "hunter2" }]) {
    const lines = given.private_key!.split("\n").filter((each) => /^[^-]/.test(each));
    await expectNoSecret(at, openAs(given), lines, /Bearer|eyJ|ya29/);
  }
});

test("GCS: no permission to write", async () => {
  await at.open().put("key", text("value"));
  const errors = await failures(at, openAs(keyFileOf(reader)), ["get", "stat", "list"]);
  expectAll(errors, "PermissionDenied", /do not allow it in the bucket "test-bucket": it needs storage\.objects/);
  for (const [name, permission] of Object.entries({ put: "create", large: "create", delete: "delete" })) {
    expect(errors[name]!.detail).toContain(`it needs storage.objects.${permission}. Grant it`);
  }
  expectBytes(await read(openAs(keyFileOf(reader)), "key"), text("value"));
  expect(at.server.orphans).toEqual([]);
});

test("GCS: no permission to delete, which it takes to replace", async () => {
  const storage = openAs(keyFileOf(creator));
  await storage.put("new", text("value"), { when: "absent" });
  const error = await failure(storage.put("new", text("other")), "PermissionDenied");
  expect(error.detail).toContain("it needs storage.objects.delete.");
});

test("GCS: no permission to list: forbidden, and never not found", async () => {
  const storage = openAs(keyFileOf(outsider));
  for (const run of [() => storage.stat("never"), () => storage.get("never"), () => storage.list()]) {
    expect((await failure(run(), "PermissionDenied")).detail).toMatch(/storage\.objects\.list/);
  }
  await storage.put("there", text("value"));
  expectBytes(await read(storage, "there"), text("value"));
});

test("GCS: what the service says beside, with the status of something else", async () => {
  const answers: readonly [number, string, StorageErrorCode, RegExp][] = [
    [403, "rateLimitExceeded", "RateLimited", /fewer requests/],
    [403, "retentionPolicyNotMet", "PermissionDenied", /retention policy/],
    [403, "insufficientPermissions", "PermissionDenied", /scope/],
    [400, "userProjectMissing", "Misconfigured", /GOOGLE_CLOUD_QUOTA_PROJECT/],
    [413, "uploadTooLarge", "TooLarge", /Split it/],
    [501, "notImplemented", "NotSupported", /does not have/],
    [418, "teapot", "Unknown", /does not know/],
  ];
  for (const [status, code, expected, detail] of answers) {
    at.server.inject({ at: "request", action: { status, code }, times: 1000 });
    // The answer to a download has no reason, but a text alone.
    expectAll(await failures(at, at.openLimited({ policy: ONCE }), ["get"]), expected, detail);
    at.server.reset();
  }
});

test("GCS: a key that the service does not take", async () => {
  const message = "Disallowed unicode characters present in object name";
  at.server.inject({ at: "request", action: { status: 400, code: message } });
  expect((await failure(at.openLimited().put("key", text("value")), "InvalidKey")).detail).toMatch(/takes no such key/);
});

test("GCS: a clock that is wrong is named where the service does not take a token", async () => {
  at.server.clockOffset = 3 * 3_600_000;
  expectAll(await failures(at, at.openLimited()), "Unauthenticated", /clock of this machine is wrong/);
});

test("GCS: answers about an object that lack what each of GCS has", async () => {
  const head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n";
  for (const json of ['{"size":"3","generation":"1"}', '{"size":"3","updated":"2026-11-20T10:00:00Z"}', "[]", "{}"]) {
    const storage = await answering(at, `${head}Content-Length: ${json.length}\r\n\r\n${json}`);
    for (const run of [() => storage.stat("key"), () => storage.list(), () => storage.put("key", text("abc"))]) {
      await failure(run(), "Unavailable");
    }
  }
});
