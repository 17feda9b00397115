import { createServer, type Server } from "node:net";
import { inspect } from "node:util";
import { afterEach, expect, test } from "@jest/globals";
import { type Storage, StorageError } from "@coatcheck/core";
import type { S3Options } from "@coatcheck/storage-s3";
import { bucket, bytesOf, credentials, failure, KIB, read, s3Server, sameBytes, streamOf, text } from "./support.ts";

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

const openAs = (given: Partial<S3Options>): Storage => at.openLimited({}, given);

test("a bucket that is not there", async () => {
  const errors = await failures(at.openLimited({}, { bucket: "test-bucket-missing" }));
  expectAll(errors, "Misconfigured", /there is no bucket "test-bucket-missing"\. Create it, or correct the name/);
});

test("a region that is not the bucket's", async () => {
  expectAll(
    await failures(openAs({ region: "eu-west-1" })),
    "Misconfigured",
    /"test-bucket" is in another region\. Give its region/,
  );
  const headers = { "x-amz-bucket-region": "ap-south-1" };
  at.server.inject({ at: "request", times: 100, action: { status: 301, code: "PermanentRedirect", headers } });
  expectAll(await failures(openAs({})), "Misconfigured", /Give region: "ap-south-1"/);
});

test("credentials that nobody knows, that are wrong, that have expired", async () => {
  const unknown = openAs({ credentials: { ...credentials, accessKeyId: "AKIAUNKNOWNUNKNOWN01" } });
  expectAll(await failures(unknown), "Unauthenticated", /does not know the access key\. Correct the credentials/);
  const wrong = openAs({ credentials: { ...credentials, secretAccessKey: "wrong-secret" } });
  expectAll(await failures(wrong), "Unauthenticated", /the secret access key is wrong/);
  expectAll(await failures(openAs({ credentials: expired })), "Unauthenticated", /have expired\. Get new ones/);
  const token = openAs({ credentials: { ...credentials, sessionToken: "hunter2" } });
  expectAll(await failures(token), "Unauthenticated", /session token is not valid/);
});

test("no credentials at all", async () => {
  const none = openAs({
    credentials: () => Promise.reject(Object.assign(new Error("none"), { name: "CredentialsProviderError" })),
  });
  expectAll(await failures(none), "Unauthenticated", /no credentials were found/);
});

test("no credential stands in an error, whatever is looked at", async () => {
  const wrong = {
    accessKeyId: "AKIAUNKNOWNUNKNOWN01",
    secretAccessKey: "wrong-secret-wrong",
    sessionToken: "token-token",
  };
  for (const given of [wrong, { ...wrong, accessKeyId: credentials.accessKeyId }, expired]) {
    for (const error of Object.values(await failures(openAs({ credentials: given })))) {
      const shown = [
        inspect(error, { depth: 9, showHidden: true }),
        JSON.stringify(error),
        error.stack,
        String(error),
      ].join();
      for (const secret of Object.values(given)) expect(shown).not.toContain(secret);
      expect(shown).not.toMatch(/Signature=|CanonicalRequest|SignatureProvided/);
    }
  }
});

test("no permission to write", async () => {
  await at.open().put("key", text("value"));
  const errors = await failures(openAs({ credentials: reader }), ["get", "stat", "list"]);
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
  expect(await read(openAs({ credentials: reader }), "key")).toEqual(text("value"));
  expect(at.server.orphans).toEqual([]);
});

test("no permission to list: forbidden, and never not found", async () => {
  const storage = openAs({ credentials: outsider });
  for (const run of [() => storage.stat("never"), () => storage.get("never"), () => storage.list()]) {
    expect((await failure(run(), "PermissionDenied")).detail).toMatch(/s3:ListBucket/);
  }
  await storage.put("there", text("value"));
  expect(await read(storage, "there")).toEqual(text("value"));
});

test("no permission to remove the parts of an upload that fails: the error says that they are left", async () => {
  const storage = openAs({ credentials: litterer });
  await storage.put("taken", text("value"));
  const error = await failure(storage.put("taken", streamOf(bytesOf(200 * KIB)), { when: "absent" }), "AlreadyExists");
  expect(error.detail).toMatch(
    /^an object is there already\. Parts of the upload were left behind.*s3:AbortMultipartUpload/,
  );
  expect(at.server.orphans.map(({ key }) => key)).toEqual(["taken"]);
  // What is the caller's own is not changed.
  const own = new Error("the caller's own");
  async function* failing(): AsyncGenerator<Uint8Array, void, void> {
    yield* streamOf(bytesOf(200 * KIB));
    throw own;
  }
  await expect(storage.put("new", failing())).rejects.toBe(own);
  for (const { uploads } of at.server.buckets.values()) uploads.clear();
});

test("a key that the service finds too long", async () => {
  at.server.inject({ at: "request", times: 2, action: { status: 400, code: "KeyTooLongError" } });
  expect((await failure(openAs({}).put("key", text("value")), "InvalidKey")).detail).toMatch(/Choose a shorter one/);
});

test("a key that a service with files below cannot hold beside another one: tried again only where that may help", async () => {
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

test("a clock that is an hour off is put right by the service's answer", async () => {
  at.server.clockOffset = 3_600_000;
  const storage = openAs({});
  await storage.put("key", text("value"));
  expect(await read(storage, "key")).toEqual(text("value"));
});

test("a clock that cannot be put right is an error of its own", async () => {
  at.server.inject({ at: "request", times: 1000, action: { status: 403, code: "RequestTimeTooSkewed" } });
  expectAll(await failures(openAs({})), "Unauthenticated", /clock of this machine is wrong/);
});

test("a service that keeps asking for fewer requests, or keeps failing", async () => {
  at.server.inject({ at: "request", times: 1000, action: { status: 503, code: "SlowDown" } });
  // The answer to a head has no body that could say so.
  const errors = await failures(openAs({}), ["stat"]);
  expectAll(errors, "RateLimited", /asks for fewer requests\. Try again later/);
  for (const error of Object.values(errors)) expect([error.retryable, error.ambiguous]).toEqual([true, false]);
  at.server.reset();
  at.server.inject({ at: "request", times: 1000, action: { status: 500, code: "InternalError" } });
  expectAll(await failures(openAs({})), "Unavailable", /the service failed/);
});

test("Retry-After is waited for, and not where that would go past the budget", async () => {
  const headers = { "retry-after": "1" };
  at.server.inject({ at: "request", action: { status: 503, code: "SlowDown", headers } });
  const started = performance.now();
  await openAs({}).put("key", text("value"));
  expect(performance.now() - started).toBeGreaterThan(990);
  at.server.inject({ at: "request", action: { status: 503, code: "SlowDown", headers: { "retry-after": "3600" } } });
  await failure(openAs({}).put("key", text("value")), "RateLimited");
});

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

test("answers that lack what every answer of S3 has", async () => {
  const head = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
  const dated = `${head}Last-Modified: Fri, 20 Nov 2026 10:00:00 GMT\r\n`;
  for (const answer of [
    `${head}Content-Length: 2\r\n\r\nab`,
    `${dated}Content-Length: 2\r\n\r\nab`,
    `${dated}ETag: "1"\r\n\r\nab`,
  ]) {
    await failure((await answering(answer)).get("key"), "Unavailable");
  }
  const whole = `${dated}ETag: "1"\r\nContent-Length: 2\r\n\r\nab`;
  const object = await (await answering(whole)).get("key");
  expect(sameBytes(await object!.bytes(), text("ab"))).toBe(true);
  // A range was asked for, and all of it came.
  await failure((await answering(whole)).get("key", { range: { start: 1 } }), "Unavailable");
});
