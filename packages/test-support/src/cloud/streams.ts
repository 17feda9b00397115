import { describe, expect, test } from "@jest/globals";
import { type Storage, StorageError } from "@coatcheck/core";
import {
  bytesOf,
  expectBytes,
  failing,
  failure,
  KIB,
  MIB,
  ONCE,
  read,
  stalling,
  streamOf,
  text,
  TWICE,
} from "./bytes.ts";
import { type Cloud, expectNothing } from "./cloud.ts";

const large = bytesOf(300 * KIB);
const other = bytesOf(300 * KIB, 2);
/** Ranges at once, with which every connection counts as slow. */
const RANGES = { size: 64 * KIB, atOnce: 3, slow: Infinity };

/** Bodies that are cut, stall, lie, or are aborted, on their way out and in. */
export function streamTests(at: Cloud): void {
  const cutAnswer = (fault: { readonly bytes: number; readonly times?: number; readonly after?: number }): void =>
    at.server.inject({ at: "answer body", on: at.on.get, action: "reset", ...fault });

  describe(`${at.name}: reading`, () => {
    test("a body that is cut, again and again, is read on from where it broke", async () => {
      const storage = at.openLimited();
      await storage.put("cut", large);
      cutAnswer({ bytes: 50_000, times: 5 });
      expectBytes(await read(storage, "cut"), large);
      cutAnswer({ bytes: 10_000, times: 2 });
      const object = await storage.get("cut", { range: { start: 1000, end: 200_000 } });
      expectBytes(await object!.bytes(), large.subarray(1000, 200_000));
    });

    test("where a connection is slow, the rest comes in ranges at once: of one version, read on where they break", async () => {
      const storage = at.openLimited({ ranges: RANGES });
      const { version } = await storage.put("ranges", large);
      at.server.reset();
      cutAnswer({ bytes: 10_000, times: 2, after: 1 });
      expectBytes(await read(storage, "ranges"), large);
      const [first, ...rest] = at.server.requests.map((request) => [
        request.headers.range ?? request.headers["x-ms-range"],
        at.versionAsked(request),
      ]);
      expect(first).toEqual([undefined, undefined]);
      expect(rest.length).toBeGreaterThanOrEqual(4);
      for (const asked of rest) expect(asked).toEqual([expect.stringMatching(/^bytes=\d+-\d+$/), version]);
      const part = await storage.get("ranges", { range: { start: 10, end: 250 * KIB } });
      expectBytes(await part!.bytes(), large.subarray(10, 250 * KIB));
    });

    test("an object that is replaced while its ranges are read is an error and never a mix", async () => {
      const storage = at.openLimited({ ranges: { ...RANGES, atOnce: 2 } });
      await storage.put("ranges/replaced", large);
      const reader = (await storage.get("ranges/replaced"))!.stream().getReader();
      await reader.read();
      await storage.put("ranges/replaced", other);
      const rest = (async () => {
        for (;;) if ((await reader.read()).done) return "read";
      })();
      expect((await failure(rest, "Unavailable")).detail).toMatch(/replaced or deleted while it was read/);
    });

    test("a body that is cut without ever a byte more is an error after some attempts", async () => {
      const storage = at.openLimited();
      await storage.put("cut/0", large);
      cutAnswer({ bytes: 0, times: 100 });
      const error = await failure(read(storage, "cut/0"), "Unavailable");
      expect([error.operation, error.key, error.retryable]).toEqual(["get", "cut/0", true]);
    });

    test.each(["replaced", "deleted"])(
      "a body that is cut, of an object that was %s meanwhile, is an error and never a mix",
      async (change) => {
        const storage = at.openLimited();
        await storage.put(change, large);
        cutAnswer({ bytes: 100_000 });
        const object = await storage.get(change);
        await (change === "replaced" ? storage.put(change, other) : storage.delete(change));
        expect((await failure(object!.bytes(), "Unavailable")).detail).toMatch(/replaced or deleted while it was read/);
      },
    );

    test("a body that stalls is asked for again; one that keeps stalling is Timeout", async () => {
      await at.openLimited().put("stall", large);
      at.server.inject({ at: "answer body", on: at.on.get, action: "stall", bytes: 50_000 });
      expectBytes(await read(at.openLimited({ idleTimeout: at.idle }), "stall"), large);
      at.server.inject({ at: "answer body", on: at.on.get, action: "stall", bytes: 0, times: 100 });
      const storage = at.openLimited({ idleTimeout: at.idle, policy: TWICE });
      const { message } = await failure(read(storage, "stall"), "Timeout");
      expect(message).toContain(`get "stall" in ${storage.url}: no byte came within ${at.idle / 1000} seconds`);
    });

    test("a reader that takes its time is not timed out", async () => {
      await at.openLimited().put("slow", bytesOf(4 * MIB));
      const reader = (await at.openLimited({ idleTimeout: at.idle }).get("slow"))!.stream().getReader();
      let received = (await reader.read()).value!.byteLength;
      await new Promise((resolve) => setTimeout(resolve, 2 * at.idle));
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read())
        received += chunk.value.byteLength;
      expect(received).toBe(4 * MIB);
    });

    test("a length that is a lie is an error, never other bytes", async () => {
      const storage = at.openLimited({ idleTimeout: at.idle });
      await at.openLimited().put("lie", large);
      at.server.inject({ at: "answer body", on: at.on.get, action: { contentLengthOff: 100 }, times: 100 });
      expect((await failure(read(storage, "lie"), "Corrupt")).detail).toMatch(/fewer than the \d+ bytes/);
      at.server.reset();
      at.server.inject({ at: "answer body", on: at.on.get, action: { contentLengthOff: -100 } });
      const object = await storage.get("lie", { range: { start: 0, end: 200_000 } });
      expectBytes(await object!.bytes(), large.subarray(0, 200_000));
    });

    test("an abort in the middle of a body is the caller's own reason", async () => {
      const storage = at.openLimited();
      await storage.put("large", bytesOf(4 * MIB));
      const controller = new AbortController();
      const object = await storage.get("large", { signal: controller.signal });
      const reason = new Error("the caller's own");
      const reading = object!.bytes();
      controller.abort(reason);
      await expect(reading).rejects.toBe(reason);
    });

    test("whatever is thrown while reading is a StorageError", async () => {
      await at.openLimited().put("thrown", large);
      for (const action of ["reset", { contentLengthOff: 50 }] as const) {
        at.server.inject({ at: "answer body", on: at.on.get, action, bytes: 1000, times: 2 });
        const object = await at.openLimited({ idleTimeout: at.idle, policy: ONCE }).get("thrown");
        await expect(object!.bytes()).rejects.toBeInstanceOf(StorageError);
        at.server.reset();
      }
    });
  });

  describe(`${at.name}: writing`, () => {
    test("a service that does not answer is Timeout, for every operation; a put that it had may have taken place", async () => {
      await at.openLimited().put("there", text("there"));
      const storage = at.openLimited({ idleTimeout: 50, policy: TWICE, partSize: MIB });
      at.server.inject({ at: "request", action: "stall", times: 1000 });
      for (const run of [
        () => storage.get("there"),
        () => storage.stat("there"),
        () => storage.list(),
        () => storage.delete("there"),
      ]) {
        expect((await failure(run(), "Timeout")).retryable).toBe(true);
      }
      expect((await failure(storage.put("there", text("new")), "Timeout")).ambiguous).toBe(true);
      at.server.reset();
      at.server.inject({ at: "request body", on: at.on.put, action: "stall", bytes: 1000, times: 1000 });
      expect((await failure(storage.put("there", bytesOf(100_000)), "Timeout")).ambiguous).toBe(true);
      expectBytes(await read(at.openLimited(), "there"), text("there"));
    });

    test("an abort while the service does not answer leaves no connection open, which would keep the process", async () => {
      const storage = at.openLimited();
      const { version } = await storage.put("there", text("there"));
      const key = "there";
      for (const run of [
        (signal: AbortSignal) => storage.get(key, { signal }),
        (signal: AbortSignal) => storage.stat(key, { signal }),
        (signal: AbortSignal) => storage.list({ signal }),
        (signal: AbortSignal) => storage.put(key, text("new"), { signal }),
        (signal: AbortSignal) => storage.delete(key, { signal }),
        (signal: AbortSignal) => storage.delete(key, { when: { version }, signal }),
        (signal: AbortSignal) => storage.deleteMany([key, "other"], { signal }),
      ]) {
        at.server.reset();
        at.server.inject({ at: "request", action: "stall", times: 1000 });
        const controller = new AbortController();
        const running = run(controller.signal).then(
          () => "resolved",
          (error: unknown) => error,
        );
        while (at.server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        const open = await at.server.connections();
        const reason = new Error("the caller's own");
        controller.abort(reason);
        expect(await running).toBe(reason);
        while ((await at.server.connections()) >= open) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      at.server.reset();
      expectBytes(await read(storage, key), text("there"));
    });

    test("a body stream that fails, stalls or is aborted in the middle of an upload leaves nothing", async () => {
      const storage = at.openLimited();
      const own = new Error("the caller's own");
      await expect(storage.put("partial", failing(large, own))).rejects.toBe(own);
      await expectNothing(at, "partial");
      at.server.reset();
      const controller = new AbortController();
      const put = storage.put("partial", stalling(large), { signal: controller.signal });
      while ((at.server.counts[at.on.part] ?? 0) < 3) await new Promise((resolve) => setTimeout(resolve, 1));
      controller.abort(own);
      await expect(put).rejects.toBe(own);
      await expectNothing(at, "partial");
    });

    test("a part that fails for good ends the upload, though the source stalls: nothing is left", async () => {
      at.server.inject({ at: "request", on: at.on.part, action: at.errors.denied, after: 2 });
      await failure(at.openLimited().put("denied", stalling(large)), "PermissionDenied");
      await expectNothing(at, "denied");
    });

    test("parts that are cut in their body, or whose answer is lost, are sent again", async () => {
      const storage = at.openLimited();
      at.server.inject({ at: "request body", on: at.on.part, action: "reset", bytes: 1000, times: 5, after: 1 });
      at.server.inject({ at: "answer", on: at.on.part, action: "reset", times: 2 });
      await storage.put("parts", streamOf(large));
      expectBytes(await read(storage, "parts"), large);
      expect(at.server.orphans).toEqual([]);
    });
  });
}

/** Where a service takes so many parts, and no more. */
export function partTests(at: Cloud): void {
  describe(`${at.name}: parts`, () => {
    test("a stream of unknown length that has more than all parts hold is TooLarge, and leaves nothing", async () => {
      const storage = at.openLimited({ partSize: 1000, maxHeld: 4000, count: 10 });
      // Parts of 1,000, then 2,000, then 4,000 bytes.
      await storage.put("full", streamOf(bytesOf(35_000)));
      expectBytes(await read(storage, "full"), bytesOf(35_000));
      const error = await failure(storage.put("over", streamOf(bytesOf(35_001))), "TooLarge");
      expect(error.detail).toMatch(/Give its size/);
      await expectNothing(at, "over");
    });

    test("with its size given, a stream is sent in parts as large as that needs, and one that no parts hold is refused", async () => {
      const storage = at.openLimited({ partSize: 1000, maxHeld: 4000, count: 2, maxSize: 4 * MIB });
      const bytes = bytesOf(3 * MIB + 17);
      const put = await storage.put("huge", streamOf(bytes), { size: bytes.byteLength });
      expect(put.size).toBe(bytes.byteLength);
      expect(at.server.counts[at.on.part]).toBe(2);
      expectBytes(await read(storage, "huge"), bytes);
      await failure(storage.put("longer", streamOf(bytes), { size: bytes.byteLength - 1 }), "Corrupt");
      await failure(storage.put("shorter", streamOf(bytes), { size: bytes.byteLength + 1 }), "Corrupt");
      let asked = false;
      async function* never(): AsyncGenerator<Uint8Array, void, void> {
        asked = true;
        yield bytes;
      }
      await failure(storage.put("refused", never(), { size: 4 * MIB + 1 }), "TooLarge");
      expect(asked).toBe(false);
      for (const key of ["longer", "shorter", "refused"]) await expectNothing(at, key);
    });
  });
}

/** Each of 200 gets gives back its connection. `open` opens a storage with few of them, where it can be told so. */
export function cancelTest(at: Cloud, open: () => Storage = at.open): void {
  test(`${at.name}: 200 gets that are cancelled, read or not, and then one more`, async () => {
    const storage = open();
    // More than a connection holds where nobody reads.
    await storage.put("many", bytesOf(MIB));
    for (let round = 0; round < 200; round++) {
      const object = await storage.get("many");
      if (round % 2 === 0) await object!.cancel();
      else {
        const reader = object!.stream().getReader();
        await reader.read();
        await reader.cancel();
      }
    }
    expectBytes(await read(storage, "many"), bytesOf(MIB));
  }, 180_000);
}
