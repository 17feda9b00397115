import { describe, expect, test } from "@jest/globals";
import { type Storage, StorageError } from "@coatcheck/core";
import type { GcsOperation } from "@coatcheck/test-servers";
import type { GcsLimits } from "../src/requests.ts";
import { bytesOf, failure, gcsServer, KIB, read, streamOf, text } from "./support.ts";

const at = gcsServer();

// What decides is another operation.
const shapes: readonly { name: string; decides: GcsOperation; body: (seed: number) => Uint8Array }[] = [
  { name: "one request", decides: "objects.insert", body: (seed) => bytesOf(1000, seed) },
  { name: "a resumable upload", decides: "uploads.chunk", body: (seed) => bytesOf(200 * KIB, seed) },
];

describe.each(shapes)("a put by $name", ({ decides, body }) => {
  const openOwn = (policy?: GcsLimits["policy"]): Storage =>
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
      at.server.inject({ at: "answer", on: decides, action: { status, code: "backendError" } });
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

  test("that was replaced after its answer was lost is not said to have failed", async () => {
    const storage = openOwn();
    const { version } = await storage.put("raced", text("before"));
    at.server.inject({
      at: "answer",
      on: decides,
      action: { status: 500, code: "backendError", headers: { "retry-after": "1" } },
    });
    const put = storage.put("raced", body(1), { when: { version } }).catch((error: unknown) => error as StorageError);
    for (;;) {
      const there = await storage.stat("raced");
      if (there!.version !== version) break;
    }
    await openOwn().put("raced", text("theirs"));
    const outcome = await put;
    // An upload that is complete says so for as long as it is remembered; one request alone leaves nothing that could tell.
    if (decides === "uploads.chunk") expect(outcome).toMatchObject({ size: body(1).byteLength });
    else expect(outcome).toMatchObject({ code: "Unknown", ambiguous: true, key: "raced" });
    expect(await read(storage, "raced")).toEqual(text("theirs"));
  });

  test("that fails on its condition at once is certain: no stat", async () => {
    const storage = openOwn();
    await storage.put("certain", text("there"));
    at.server.reset();
    await failure(storage.put("certain", body(1), { when: "absent" }), "AlreadyExists");
    const error = await failure(storage.put("certain", body(1), { when: { version: "no" } }), "Conflict");
    expect(error.ambiguous).toBe(false);
    expect(at.server.counts["objects.get"]).toBe(undefined);
    expect(at.server.orphans).toEqual([]);
  });

  test("that is told to slow down is sent again, and nothing is ambiguous", async () => {
    const storage = openOwn();
    const busy = { status: 429, code: "rateLimitExceeded" };
    at.server.inject({ at: "request", on: decides, action: busy, times: 3 });
    await storage.put("busy", body(1), { when: "absent" });
    at.server.inject({ at: "request", on: decides, action: busy, times: 100 });
    const error = await failure(storage.put("busy/2", body(1), { when: "absent" }), "RateLimited");
    expect([error.retryable, error.ambiguous]).toEqual([true, false]);
  });

  test("whose outcome cannot be looked up is ambiguous", async () => {
    const storage = openOwn({ attempts: 2, budget: 1000, firstDelay: 1, maxDelay: 1 });
    at.server.inject({ at: "answer", on: decides, action: "reset", times: 100 });
    at.server.inject({ at: "request", on: "objects.get", action: "reset", times: 100 });
    const error = await failure(
      storage.put("open", body(1), { when: "absent" }),
      decides === "objects.insert" ? "Unknown" : "Unavailable",
    );
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
  at.server.inject({ at: "request", on: "objects.delete", action: "reset" });
  await storage.delete("a", { when: { version } });
  const again = await storage.put("a", text("a"));
  at.server.inject({ at: "answer", on: "objects.delete", action: "reset" });
  const error = await failure(storage.delete("a", { when: { version: again.version } }), "Unknown");
  expect(error.ambiguous).toBe(true);
  expect(await storage.stat("a")).toBe(undefined);
});

test("keys that could not be deleted are named, those that may be deleted later are tried again", async () => {
  const storage = at.openLimited();
  at.server.inject({ at: "request", on: "objects.delete", action: { status: 503, code: "backendError" }, times: 2 });
  await storage.put("a", text("a"));
  await storage.deleteMany(["a", "never"]);
  expect(await storage.stat("a")).toBe(undefined);
  at.server.inject({ at: "request", on: "objects.delete", action: { status: 403, code: "forbidden" }, times: 2 });
  const error = await storage.deleteMany(["a", "b"]).catch((reason: unknown) => reason);
  const failed = (error as AggregateError).errors.map(({ key, code }: StorageError) => [key, code]);
  expect(Object.fromEntries(failed)).toEqual({ a: "PermissionDenied", b: "PermissionDenied" });
});

test("a version that is none is Conflict: 0, above all, which would create", async () => {
  const storage = at.openLimited();
  for (const version of ["0", "00", "-1", "1e3", "no", "99999999999999999999"]) {
    await failure(storage.put("new", text("new"), { when: { version } }), "Conflict");
    await failure(storage.put("new", streamOf(bytesOf(200 * KIB)), { when: { version } }), "Conflict");
    await failure(storage.delete("new", { when: { version } }), "Conflict");
  }
  expect(at.server.requests).toEqual([]);
});

test("an upload whose key was taken after it began fails at its end, and replaces nothing", async () => {
  const storage = at.openLimited();
  for (const when of ["absent", "version"] as const) {
    const key = `late/${when}`;
    const before = when === "absent" ? undefined : await storage.put(key, text("before"));
    async function* source(): AsyncGenerator<Uint8Array, void, void> {
      yield* streamOf(bytesOf(200 * KIB));
      await at.open().put(key, text("theirs"));
    }
    const put = storage.put(key, source(), { when: before === undefined ? "absent" : { version: before.version } });
    await failure(put, when === "absent" ? "AlreadyExists" : "Conflict");
    expect(await read(storage, key)).toEqual(text("theirs"));
  }
  expect(at.server.orphans).toEqual([]);
});
