import { createServer, type Server } from "node:net";
import { inspect } from "node:util";
import { afterEach, expect, test } from "@jest/globals";
import { type Storage, StorageError } from "@coatcheck/core";
import { gcs, type GcsCredentials } from "@coatcheck/storage-gcs";
import type { GcsAccount } from "@coatcheck/test-servers";
import {
  account,
  bucket,
  bytesOf,
  credentials,
  failure,
  gcsServer,
  keyFileOf,
  KIB,
  privateKey,
  read,
  sameBytes,
  streamOf,
  text,
} from "./support.ts";

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

/** Every operation, on one key. */
function everything(storage: Storage): Record<string, () => Promise<unknown>> {
  return {
    get: () => read(storage, "key"),
    stat: () => storage.stat("key"),
    list: () => storage.list(),
    put: () => storage.put("key", text("value")),
    create: () => storage.put("key", text("value"), { when: "absent" }),
    large: () => storage.put("key", bytesOf(200 * KIB)),
    stream: () => storage.put("key", streamOf(bytesOf(200 * KIB))),
    delete: () => storage.delete("key"),
    "delete a version": () => storage.delete("key", { when: { version: "1" } }),
    deleteMany: async () => {
      await storage.deleteMany(["key"]).catch((error: unknown) => {
        throw error instanceof AggregateError ? (error.errors[0] as Error) : error;
      });
    },
  };
}

/** What each operation rejects with; each must be a StorageError that names the place and, but for a list, the key. */
async function failures(storage: Storage, leaveOut: readonly string[] = []): Promise<Record<string, StorageError>> {
  const errors: Record<string, StorageError> = {};
  for (const [name, run] of Object.entries(everything(storage))) {
    if (leaveOut.includes(name)) continue;
    const error = await run().then(
      () => new Error(`${name} did not fail`),
      (reason: unknown) => reason,
    );
    if (!(error instanceof StorageError)) throw error;
    expect(error.message).toContain(`in ${storage.url}: `);
    expect(error.message).toContain(bucket);
    if (name !== "list") expect(error.message).toContain('"key"');
    errors[name] = error;
  }
  return errors;
}

function expectAll(errors: Record<string, StorageError>, code: string, detail: RegExp): void {
  for (const [name, error] of Object.entries(errors)) {
    expect([name, error.code, detail.test(error.detail) ? "" : error.detail]).toEqual([name, code, ""]);
  }
}

const openAs = (given: GcsCredentials): Storage => at.openLimited({}, { credentials: given });

test("a bucket that is not there", async () => {
  const errors = await failures(at.openLimited({}, { bucket: "test-bucket-missing" }));
  expectAll(errors, "Misconfigured", /there is no bucket "test-bucket-missing"\. Create it, or correct the name/);
});

test("credentials that nobody knows, that are of another key, that have expired", async () => {
  const detail = /does not take the token: it has expired, was withdrawn, or the clock/;
  expectAll(await failures(openAs(keyFileOf(who("nobody")))), "Unauthenticated", detail);
  expectAll(await failures(openAs({ ...credentials, private_key: privateKey() })), "Unauthenticated", detail);
  expectAll(await failures(openAs(keyFileOf(expired))), "Unauthenticated", detail);
});

test("a private key that is none", async () => {
  const errors = await failures(openAs({ ...credentials, private_key: "hunter2" }));
  expectAll(errors, "Unauthenticated", /private key of the credentials cannot be read/);
});

test("no credentials, where the service asks for some", async () => {
  const storage = gcs({ bucket, endpoint: at.server.url });
  expectAll(await failures(storage), "Unauthenticated", /asks for credentials.*Give the option credentials/);
  await storage.close();
});

test("no credential stands in an error, whatever is looked at", async () => {
  for (const given of [keyFileOf(who("nobody")), keyFileOf(expired), { ...credentials, private_key: "hunter2" }]) {
    for (const error of Object.values(await failures(openAs(given)))) {
      const shown = [
        inspect(error, { depth: 9, showHidden: true }),
        JSON.stringify(error),
        error.stack,
        String(error),
      ].join();
      for (const line of given.private_key!.split("\n").filter((each) => /^[^-]/.test(each))) {
        expect(shown).not.toContain(line);
      }
      expect(shown).not.toMatch(/Bearer|eyJ|ya29/);
    }
  }
});

test("no permission to write", async () => {
  await at.open().put("key", text("value"));
  const errors = await failures(openAs(keyFileOf(reader)), ["get", "stat", "list"]);
  expectAll(errors, "PermissionDenied", /do not allow it in the bucket "test-bucket": it needs storage\.objects/);
  for (const [name, permission] of Object.entries({ put: "create", large: "create", delete: "delete" })) {
    expect(errors[name]!.detail).toContain(`it needs storage.objects.${permission}. Grant it`);
  }
  expect(await read(openAs(keyFileOf(reader)), "key")).toEqual(text("value"));
  expect(at.server.orphans).toEqual([]);
});

test("no permission to delete, which it takes to replace", async () => {
  const storage = openAs(keyFileOf(creator));
  await storage.put("new", text("value"), { when: "absent" });
  const error = await failure(storage.put("new", text("other")), "PermissionDenied");
  expect(error.detail).toContain("it needs storage.objects.delete.");
});

test("no permission to list: forbidden, and never not found", async () => {
  const storage = openAs(keyFileOf(outsider));
  for (const run of [() => storage.stat("never"), () => storage.get("never"), () => storage.list()]) {
    expect((await failure(run(), "PermissionDenied")).detail).toMatch(/storage\.objects\.list/);
  }
  await storage.put("there", text("value"));
  expect(await read(storage, "there")).toEqual(text("value"));
});

test("what the service says beside, with the status of something else", async () => {
  const answers: readonly [number, string, string, RegExp][] = [
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
    expectAll(await failures(at.openLimited({ policy: ONE }), ["get"]), expected, detail);
    at.server.reset();
  }
});

test("a key that the service does not take", async () => {
  const message = "Disallowed unicode characters present in object name";
  at.server.inject({ at: "request", action: { status: 400, code: message } });
  expect((await failure(at.openLimited().put("key", text("value")), "InvalidKey")).detail).toMatch(/takes no such key/);
});

test("an endpoint that refuses the connection, and one that nobody knows", async () => {
  const limits = { policy: { attempts: 2, budget: 5000, firstDelay: 1, maxDelay: 1 } };
  const refusing = at.openLimited(limits, { endpoint: "http://127.0.0.1:1" });
  const errors = await failures(refusing);
  expectAll(errors, "Unavailable", /http:\/\/127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\)/);
  // Nothing was sent, so nothing can have been written.
  for (const error of Object.values(errors)) expect([error.retryable, error.ambiguous]).toEqual([true, false]);
  const nowhere = at.openLimited(limits, { endpoint: "http://nowhere.invalid" });
  expect((await failure(nowhere.stat("key"), "Unavailable")).detail).toMatch(/cannot be reached/);
});

test("a server that answers with a web page, or with noise", async () => {
  for (const action of ["garbage", "noise"] as const) {
    at.server.inject({ at: "request", times: 1000, action });
    const storage = at.openLimited({ policy: { attempts: 2, budget: 5000, firstDelay: 1, maxDelay: 1 } });
    const errors = await failures(storage);
    for (const [name, error] of Object.entries(errors)) expect([name, error.code]).toEqual([name, "Unavailable"]);
    at.server.reset();
  }
});

test("a clock that is wrong is named where the service does not take a token", async () => {
  at.server.clockOffset = 3 * 3_600_000;
  expectAll(await failures(at.openLimited()), "Unauthenticated", /clock of this machine is wrong/);
});

test("a service that keeps asking for fewer requests, or keeps failing", async () => {
  at.server.inject({ at: "request", times: 1000, action: { status: 429, code: "rateLimitExceeded" } });
  const errors = await failures(at.openLimited());
  expectAll(errors, "RateLimited", /asks for fewer requests\. Try again later/);
  for (const error of Object.values(errors)) expect([error.retryable, error.ambiguous]).toEqual([true, false]);
  at.server.reset();
  at.server.inject({ at: "request", times: 1000, action: { status: 500, code: "backendError" } });
  expectAll(await failures(at.openLimited()), "Unavailable", /the service failed/);
});

test("Retry-After is waited for, and not where that would go past the budget", async () => {
  const headers = { "retry-after": "1" };
  at.server.inject({ at: "request", action: { status: 429, code: "rateLimitExceeded", headers } });
  const started = performance.now();
  await at.openLimited().put("key", text("value"));
  expect(performance.now() - started).toBeGreaterThan(990);
  at.server.inject({
    at: "request",
    action: { status: 429, code: "rateLimitExceeded", headers: { "retry-after": "3600" } },
  });
  await failure(at.openLimited().put("key", text("value")), "RateLimited");
});

const ONE = { attempts: 1, budget: 5000, firstDelay: 1, maxDelay: 1 };
const raw: Server[] = [];
afterEach(() => raw.splice(0).forEach((server) => server.close()));

/** A server that answers every request with these bytes and ends the connection. */
async function answering(answer: string): Promise<Storage> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(answer));
  });
  raw.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const policy = { attempts: 2, budget: 5000, firstDelay: 1, maxDelay: 1 };
  return at.openLimited({ policy }, { endpoint: `http://127.0.0.1:${port}` });
}

test("answers that lack what every answer of GCS has", async () => {
  const head = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
  const dated = `${head}Last-Modified: Fri, 20 Nov 2026 10:00:00 GMT\r\n`;
  for (const answer of [
    `${head}Content-Length: 2\r\n\r\nab`,
    `${dated}Content-Length: 2\r\n\r\nab`,
    `${dated}x-goog-generation: 1\r\n\r\nab`,
  ]) {
    await failure((await answering(answer)).get("key"), "Unavailable");
  }
  const whole = `${dated}x-goog-generation: 1\r\nContent-Length: 2\r\n\r\nab`;
  const object = await (await answering(whole)).get("key");
  expect(sameBytes(await object!.bytes(), text("ab"))).toBe(true);
  // A range was asked for, and all of it came.
  await failure((await answering(whole)).get("key", { range: { start: 1 } }), "Unavailable");
  for (const json of ['{"size":"3","generation":"1"}', '{"size":"3","updated":"2026-11-20T10:00:00Z"}', "[]", "{}"]) {
    const storage = await answering(
      `${head}Content-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`,
    );
    for (const run of [() => storage.stat("key"), () => storage.list(), () => storage.put("key", text("abc"))]) {
      await failure(run(), "Unavailable");
    }
  }
});
