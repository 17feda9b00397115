import { describe, expect, test } from "@jest/globals";
import { S3Client } from "@aws-sdk/client-s3";
import { type Storage, StorageError } from "@coatcheck/core";
import { type S3Operation } from "@coatcheck/test-servers";
import type { Limits } from "@coatcheck/core/driver";
import { bucket, bytesOf, credentials, failure, KIB, read, s3Server, streamOf, text } from "./support.ts";

const at = s3Server();

// One request, and parts: what decides is another operation.
const shapes: readonly { name: string; decides: S3Operation; body: (seed: number) => Uint8Array }[] = [
  { name: "one request", decides: "PutObject", body: (seed) => bytesOf(1000, seed) },
  { name: "parts", decides: "CompleteMultipartUpload", body: (seed) => bytesOf(200 * KIB, seed) },
];

describe.each(shapes)("a put by $name", ({ decides, body }) => {
  const openOwn = (policy?: Limits["policy"]): Storage =>
    at.openLimited(policy === undefined ? {} : { policy }, { prefix: decides });
  test("whose answer is lost is a success by its write id, for every condition", async () => {
    const storage = openOwn();
    for (const when of ["any", "absent", "version"] as const) {
      const key = `lost/${when}`;
      const first = when === "absent" ? undefined : await storage.put(key, text("before"));
      const condition = when === "version" ? { version: first!.version } : when;
      at.server.inject({ at: "answer", on: decides, action: "reset" });
      const put = await storage.put(key, body(1), { when: condition });
      expect(await read(storage, key)).toEqual(body(1));
      expect((await storage.stat(key))!.version).toBe(put.version);
    }
    expect(at.server.orphans).toEqual([]);
  });

  test("whose answer is an error after the fact is a success too", async () => {
    const storage = openOwn();
    for (const status of [500, 502, 504]) {
      at.server.inject({ at: "answer", on: decides, action: { status, code: "InternalError" } });
      await storage.put(`error/${status}`, body(status), { when: "absent" });
    }
    at.server.inject({ at: "answer", on: decides, action: "garbage" });
    await storage.put("error/garbage", body(1), { when: "absent" });
  });

  test("over somebody else's object is AlreadyExists, where the answer that said so was lost", async () => {
    const storage = openOwn();
    await storage.put("taken", text("theirs"));
    at.server.inject({ at: "request", on: decides, action: "reset" });
    await failure(storage.put("taken", body(1), { when: "absent" }), "AlreadyExists");
    expect(await read(storage, "taken")).toEqual(text("theirs"));
  });

  test("that was replaced after its answer was lost is not said to have failed, nor to be there", async () => {
    const storage = openOwn();
    const { version } = await storage.put("raced", text("before"));
    at.server.inject({
      at: "answer",
      on: decides,
      action: { status: 500, code: "InternalError", headers: { "retry-after": "1" } },
    });
    const put = failure(storage.put("raced", body(1), { when: { version } }), "Unknown");
    for (;;) {
      const there = await storage.stat("raced");
      if (there!.version !== version) break;
    }
    await openOwn().put("raced", text("theirs"));
    const error = await put;
    expect([error.ambiguous, error.key]).toEqual([true, "raced"]);
  });

  test("that fails on its condition at once is certain: no stat", async () => {
    const storage = openOwn();
    await storage.put("certain", text("there"));
    at.server.reset();
    await failure(storage.put("certain", body(1), { when: "absent" }), "AlreadyExists");
    const error = await failure(storage.put("certain", body(1), { when: { version: "no" } }), "Conflict");
    expect(error.ambiguous).toBe(false);
    expect(at.server.counts.HeadObject).toBe(undefined);
    expect(at.server.orphans).toEqual([]);
  });

  test("that S3 answers with 409, as somebody is writing, is sent again and is never AlreadyExists", async () => {
    const storage = openOwn();
    const busy = { status: 409, code: "ConditionalRequestConflict" };
    at.server.inject({ at: "request", on: decides, action: busy, times: 3 });
    await storage.put("busy", body(1), { when: "absent" });
    at.server.inject({ at: "request", on: decides, action: busy, times: 100 });
    const error = await failure(storage.put("busy/2", body(1), { when: "absent" }), "Unavailable");
    expect([error.retryable, error.ambiguous]).toEqual([true, false]);
  });

  test("whose outcome cannot be looked up is ambiguous", async () => {
    const storage = openOwn({ attempts: 2, budget: 1000, firstDelay: 1, maxDelay: 1 });
    at.server.inject({ at: "answer", on: decides, action: "reset", times: 100 });
    for (const on of ["HeadObject", "GetObject"] as const)
      at.server.inject({ at: "request", on, action: "reset", times: 100 });
    const error = await failure(storage.put("open", body(1), { when: "absent" }), "Unknown");
    expect(error.ambiguous).toBe(true);
  });

  test("of which 50 race to create one key: one wins, the others are told so, and its bytes are there", async () => {
    const storages = [openOwn(), openOwn()];
    for (const lossy of [false, true]) {
      const key = `race/${lossy}`;
      if (lossy) at.server.inject({ at: "answer", on: decides, action: "reset", times: 25 });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 50 }, (_, seed) => storages[seed % 2]!.put(key, body(seed), { when: "absent" })),
      );
      const winners = outcomes.flatMap(({ status }, seed) => (status === "fulfilled" ? [seed] : []));
      expect(winners).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === "rejected") expect((outcome.reason as StorageError).code).toBe("AlreadyExists");
      }
      expect(await read(storages[0]!, key)).toEqual(body(winners[0]!));
    }
    expect(at.server.orphans).toEqual([]);
  });
});

test("a conditional delete whose answer is lost is ambiguous; one that was not carried out is sent again", async () => {
  const storage = at.openLimited();
  const { version } = await storage.put("a", text("a"));
  await failure(storage.delete("a", { when: { version: "other" } }), "Conflict");
  at.server.inject({ at: "request", on: "DeleteObject", action: "reset" });
  await storage.delete("a", { when: { version } });
  const again = await storage.put("a", text("a"));
  at.server.inject({ at: "answer", on: "DeleteObject", action: "reset" });
  const error = await failure(storage.delete("a", { when: { version: again.version } }), "Unknown");
  expect(error.ambiguous).toBe(true);
  expect(await storage.stat("a")).toBe(undefined);
});

test("a service that ignores the condition of a delete is found out before it deletes anything", async () => {
  const storage = at.openLimited();
  const { version } = await storage.put("kept", text("kept"));
  at.server.inject({ at: "request", on: "DeleteObject", action: { status: 204, code: "" }, times: 2 });
  for (let round = 0; round < 2; round++) await failure(storage.delete("kept", { when: { version } }), "NotSupported");
  expect(await read(storage, "kept")).toEqual(text("kept"));
  expect(
    at.server.requests.filter(({ operation }) => operation === "DeleteObject").map(({ key }) => key),
  ).not.toContain("kept");
});

test("keys that a batch could not delete are named, those that may be deleted later are tried again", async () => {
  const storage = at.openLimited();
  at.server.inject({ at: "request", on: "DeleteObjects", action: { status: 503, code: "SlowDown" } });
  await storage.put("a", text("a"));
  await storage.deleteMany(["a", "never"]);
  at.server.inject({ at: "request", on: "DeleteObjects", action: { status: 403, code: "AccessDenied" }, times: 1 });
  const error = await storage.deleteMany(["a", "b"]).catch((reason: unknown) => reason);
  expect((error as AggregateError).errors.map(({ key, code }: StorageError) => [key, code])).toEqual([
    ["a", "PermissionDenied"],
    ["b", "PermissionDenied"],
  ]);
});

describe("with a client of one's own, which sends again by itself", () => {
  const open = (maxAttempts: number): { client: S3Client; storage: Storage } => {
    const client = new S3Client({
      endpoint: at.server.url,
      region: "us-east-1",
      forcePathStyle: true,
      credentials,
      maxAttempts,
    });
    return { client, storage: at.openLimited({}, { client } as never) };
  };

  test("an answer that the client lost, and does not tell of, is settled by the write id", async () => {
    const { client, storage } = open(3);
    at.server.inject({ at: "answer", on: "PutObject", action: "reset" });
    await storage.put("own/created", text("mine"), { when: "absent" });
    const { version } = await storage.put("own/replaced", text("before"));
    at.server.inject({ at: "answer", on: "PutObject", action: { status: 500, code: "InternalError" } });
    await storage.put("own/replaced", text("mine"), { when: { version } });
    expect(await read(storage, "own/replaced")).toEqual(text("mine"));
    client.destroy();
  });

  test("a condition that fails on the client's first attempt is what it says", async () => {
    const { client, storage } = open(3);
    await storage.put("own/there", text("there"));
    await failure(storage.put("own/there", text("mine"), { when: "absent" }), "AlreadyExists");
    await failure(storage.put("own/there", text("mine"), { when: { version: "no" } }), "Conflict");
    await failure(storage.put("own/there", streamOf(bytesOf(200 * KIB)), { when: { version: "no" } }), "Conflict");
    await failure(storage.delete("own/there", { when: { version: "no" } }), "Conflict");
    expect(at.server.orphans).toEqual([]);
    expect(at.server.buckets.get(bucket)!.uploads.size).toBe(0);
    client.destroy();
  });
});
