import { describe, expect, test } from "@jest/globals";
import { type Storage, StorageError, type StorageErrorCode } from "@coatcheck/core";
import type { RetryPolicy } from "@coatcheck/core/driver";
import type { ErrorAnswer } from "@coatcheck/test-servers";
import { bytesOf, expectBytes, failure, KIB, read, streamOf, text, TWICE } from "./bytes.ts";
import type { Cloud } from "./cloud.ts";

/** One way in which a put is sent. */
export interface PutShape {
  readonly name: string;
  /** Bytes that are put in this way. */
  readonly bytes: number;
  /** The operation that decides whether it took place. */
  readonly decides: string;
  /** How it ends where all its answers are lost, and what is there cannot be looked up. */
  readonly unsettled: StorageErrorCode;
  /** Whether the service tells what came of it after somebody has replaced the object. */
  readonly remembered?: boolean;
}

/** What the service answers to a put that it has not looked at, and how a put ends that is given no other answer. */
export interface Again {
  readonly answer: ErrorAnswer;
  readonly ends: StorageErrorCode;
}

/** Puts and deletes with conditions whose answers are lost, or which race. */
export function writeTests(at: Cloud, shapes: readonly PutShape[], again: Again): void {
  describe.each(shapes)(`${at.name}: a put by $name`, ({ bytes, decides, unsettled, remembered = false }) => {
    const body = (seed: number): Uint8Array => bytesOf(bytes, seed);
    const openOwn = (policy?: RetryPolicy): Storage =>
      at.openLimited(policy === undefined ? {} : { policy }, { prefix: decides });

    test("whose answer is lost is a success by its write id, for every condition", async () => {
      const storage = openOwn();
      for (const when of ["any", "absent", "version"] as const) {
        const key = `lost/${when}`;
        const first = when === "absent" ? undefined : await storage.put(key, text("before"));
        const condition = when === "version" ? { version: first!.version } : when;
        at.server.inject({ at: "answer", on: decides, action: "reset" });
        const put = await storage.put(key, body(1), { when: condition });
        expectBytes(await read(storage, key), body(1));
        expect((await storage.stat(key))!.version).toBe(put.version);
      }
      expect(at.server.orphans).toEqual([]);
    });

    test("whose answer is an error after the fact is a success too", async () => {
      const storage = openOwn();
      for (const status of [500, 502, 504]) {
        at.server.inject({ at: "answer", on: decides, action: { ...at.errors.failed, status } });
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
      expectBytes(await read(storage, "taken"), text("theirs"));
    });

    test("that was replaced after its answer was lost is not said to have failed, nor to be there", async () => {
      const storage = openOwn();
      const { version } = await storage.put("raced", text("before"));
      const slow = { ...at.errors.failed, headers: { "retry-after": "1" } };
      at.server.inject({ at: "answer", on: decides, action: slow });
      const put = storage.put("raced", body(1), { when: { version } }).catch((error: unknown) => error as StorageError);
      while ((await storage.stat("raced"))!.version === version);
      await openOwn().put("raced", text("theirs"));
      const expected = remembered ? { size: bytes } : { code: "Unknown", ambiguous: true, key: "raced" };
      expect(await put).toMatchObject(expected);
      expectBytes(await read(storage, "raced"), text("theirs"));
    });

    test("that fails on its condition at once is certain: no stat", async () => {
      const storage = openOwn();
      await storage.put("certain", text("there"));
      at.server.reset();
      const when = { version: at.otherVersion };
      await failure(storage.put("certain", body(1), { when: "absent" }), "AlreadyExists");
      expect((await failure(storage.put("certain", body(1), { when }), "Conflict")).ambiguous).toBe(false);
      expect((await failure(storage.put("never", body(1), { when }), "Conflict")).ambiguous).toBe(false);
      expect(at.server.counts[at.on.stat]).toBe(undefined);
      expect(at.server.orphans).toEqual([]);
    });

    test("over a version that no object can have is Conflict, and nothing is sent", async () => {
      const storage = openOwn();
      await storage.put("odd", text("there"));
      at.server.reset();
      for (const version of ["", "*", '"', 'a","b', "a\nb", "a b", "ä"]) {
        await failure(storage.put("odd", body(1), { when: { version } }), "Conflict");
        await failure(storage.delete("odd", { when: { version } }), "Conflict");
      }
      expect(at.server.requests).toEqual([]);
    });

    test(`that is answered with ${again.answer.status} ${again.answer.code} is sent again, and is never AlreadyExists`, async () => {
      const storage = openOwn();
      at.server.inject({ at: "request", on: decides, action: again.answer, times: 3 });
      await storage.put("busy", body(1), { when: "absent" });
      at.server.inject({ at: "request", on: decides, action: again.answer, times: 100 });
      const error = await failure(storage.put("busy/2", body(1), { when: "absent" }), again.ends);
      expect([error.retryable, error.ambiguous]).toEqual([true, false]);
    });

    test("whose outcome cannot be looked up is ambiguous", async () => {
      const storage = openOwn(TWICE);
      at.server.inject({ at: "answer", on: decides, action: "reset", times: 100 });
      for (const on of [at.on.stat, at.on.get]) at.server.inject({ at: "request", on, action: "reset", times: 100 });
      const error = await failure(storage.put("open", body(1), { when: "absent" }), unsettled);
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
        expectBytes(await read(storages[0]!, key), body(winners[0]!));
      }
      expect(at.server.orphans).toEqual([]);
    });

    test("beside others that write the same key without a condition succeeds, and leaves one of them whole", async () => {
      const storage = openOwn();
      const seeds = Array.from({ length: 12 }, (_, seed) => seed);
      await Promise.all(seeds.map((seed) => storage.put("beside", body(seed))));
      const there = Buffer.from((await read(storage, "beside"))!);
      expect(seeds.filter((seed) => there.equals(body(seed)))).toHaveLength(1);
    });
  });

  describe(`${at.name}: a delete`, () => {
    test("of a version, whose answer is lost, is ambiguous; one that was not carried out is sent again", async () => {
      const storage = at.openLimited();
      const { version } = await storage.put("a", text("a"));
      for (const key of ["a", "never"]) {
        await failure(storage.delete(key, { when: { version: at.otherVersion } }), "Conflict");
      }
      at.server.inject({ at: "request", on: at.on.delete, action: "reset" });
      await storage.delete("a", { when: { version } });
      const again = await storage.put("a", text("a"));
      at.server.inject({ at: "answer", on: at.on.delete, action: "reset" });
      const error = await failure(storage.delete("a", { when: { version: again.version } }), "Unknown");
      expect(error.ambiguous).toBe(true);
      expect(await storage.stat("a")).toBe(undefined);
    });

    test("whose answer is lost succeeds", async () => {
      const storage = at.openLimited();
      await storage.put("b", text("b"));
      at.server.inject({ at: "answer", on: at.on.delete, action: "reset" });
      await storage.delete("b");
      expect(await storage.stat("b")).toBe(undefined);
    });

    test("of many keys names those that could not be deleted, and tries again those that may be deleted later", async () => {
      const storage = at.openLimited();
      const on = at.on.deleteMany;
      at.server.inject({ at: "request", on, action: at.errors.busy });
      at.server.inject({ at: "answer", on, action: "reset" });
      await storage.put("a", text("a"));
      await storage.deleteMany(["a", "never"]);
      expect(await storage.stat("a")).toBe(undefined);
      // Once for each key, where each is a request.
      at.server.inject({ at: "request", on, action: at.errors.denied, times: 2 });
      const error = await storage.deleteMany(["a", "b"]).catch((reason: unknown) => reason);
      const failed = (error as AggregateError).errors.map(({ key, code }: StorageError) => `${key}: ${code}`);
      expect(failed.sort()).toEqual(["a: PermissionDenied", "b: PermissionDenied"]);
    });
  });
}

/** With a client of the caller's, which sends again by itself. */
export function ownClientTests(at: Cloud, open: () => Storage): void {
  describe(`${at.name}: with a client of one's own, which sends again by itself`, () => {
    test("an answer that the client lost, and does not tell of, is settled by the write id", async () => {
      const storage = open();
      for (const [on, body] of [
        [at.on.put, text("mine")],
        [at.on.commit, bytesOf(200 * KIB)],
      ] as const) {
        at.server.inject({ at: "answer", on, action: "reset" });
        await storage.put(`own/created/${on}`, body, { when: "absent" });
        const { version } = await storage.put(`own/replaced/${on}`, text("before"));
        at.server.inject({ at: "answer", on, action: at.errors.failed });
        await storage.put(`own/replaced/${on}`, body, { when: { version } });
        expectBytes(await read(storage, `own/replaced/${on}`), body);
      }
    });

    test("a delete whose answer the client lost is ambiguous", async () => {
      const storage = open();
      const { version } = await storage.put("own/gone", text("mine"));
      at.server.inject({ at: "answer", on: at.on.delete, action: at.errors.failed });
      expect((await failure(storage.delete("own/gone", { when: { version } }), "Unknown")).ambiguous).toBe(true);
    });

    test("a condition that fails on the client's first attempt is what it says", async () => {
      const storage = open();
      await storage.put("own/there", text("there"));
      at.server.reset();
      const when = { version: at.otherVersion };
      await failure(storage.put("own/there", text("mine"), { when: "absent" }), "AlreadyExists");
      await failure(storage.put("own/there", text("mine"), { when }), "Conflict");
      await failure(storage.put("own/there", streamOf(bytesOf(200 * KIB)), { when }), "Conflict");
      await failure(storage.delete("own/there", { when }), "Conflict");
      expect(at.server.orphans).toEqual([]);
    });
  });
}
