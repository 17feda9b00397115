import type { Body, Storage } from "@coatcheck/core";
import { check, equal, equalBytes, rejection, show } from "../assert.ts";
import { pieces } from "../chunks.ts";
import { randomBytes } from "../random.ts";
import type { CaseContext, StorageCase } from "./case.ts";
import { expectListed, expectNothing, expectObject, listAll, read, readRest, streamOf } from "./objects.ts";

const before = randomBytes(1000, 1);

async function expectReason(promise: Promise<unknown>, reason: unknown, what: string): Promise<void> {
  const error = await rejection(promise, what);
  check(Object.is(error, reason), `${what}: expected the signal's reason ${show(reason)}, got ${show(error)}`);
}

/** Aborts while put waits for the body, over nothing and over an object: nothing may be left, and what was there stays. */
async function abortPut(
  context: CaseContext,
  body: (chunks: readonly Uint8Array[], abort: () => void) => Body,
): Promise<void> {
  const { storage, key, largeBytes } = context;
  const chunks = pieces(randomBytes(largeBytes), 65_536);
  await storage.put(key("there"), before);
  for (const name of ["there", "new/deep"]) {
    const controller = new AbortController();
    const reason = new Error("the caller's own reason");
    const sent = body(chunks, () => controller.abort(reason));
    const put = storage.put(key(name), sent, { size: largeBytes, signal: controller.signal });
    await expectReason(put, reason, `put of ${name}, aborted while it was under way`);
  }
  await expectObject(storage, key("there"), before, "after an aborted put over it");
  await expectNothing(context, key("new/deep"), "after its put was aborted");
  await expectListed(context, [key("there")], "after aborted puts");
}

/** Every operation that takes a signal, on an object that is there. */
function operations(
  storage: Storage,
  at: string,
  prefix: string,
): Record<string, (signal: AbortSignal) => Promise<unknown>> {
  return {
    get: async (signal) => await (await storage.get(at, { signal }))?.bytes(),
    stat: (signal) => storage.stat(at, { signal }),
    list: (signal) => storage.list({ prefix, signal }),
    put: (signal) => storage.put(at, before, { signal }),
    delete: (signal) => storage.delete(`${at}-not-there`, { signal }),
    deleteMany: (signal) => storage.deleteMany([`${at}-not-there`], { signal }),
  };
}

/** Ending an operation early. */
export const abort: readonly StorageCase[] = [
  {
    name: "abort: a signal that is aborted already: its reason, untouched, and nothing is done",
    async run(context) {
      const { storage, key, prefix } = context;
      const at = key("there");
      const { version } = await storage.put(at, before);
      for (const reason of [new Error("the caller's own reason"), "text", { an: "object" }, 0]) {
        const signal = AbortSignal.abort(reason);
        for (const [name, run] of Object.entries(operations(storage, at, prefix))) {
          await expectReason(run(signal), reason, `${name} with an aborted signal`);
        }
        let asked = false;
        async function* body(): AsyncGenerator<Uint8Array, void, void> {
          asked = true;
          yield before;
        }
        const put = storage.put(key("new"), body(), { size: 1000, signal });
        await expectReason(put, reason, "put of a stream with an aborted signal");
        check(!asked, "put with an aborted signal: the body was read");
        await expectReason(storage.delete(at, { signal }), reason, "delete with an aborted signal");
        await expectReason(storage.deleteMany([at], { signal }), reason, "deleteMany with an aborted signal");
      }
      const standard = AbortSignal.abort();
      await expectReason(storage.stat(at, { signal: standard }), standard.reason, "stat with abort() without a reason");
      await expectListed(context, [at], "after operations with an aborted signal");
      equal((await storage.stat(at))?.version, version, "version after operations with an aborted signal");
    },
  },
  {
    name: "abort: during put, while the body goes on: the reason, and no trace",
    async run(context) {
      await abortPut(context, async function* (chunks, abortNow) {
        for (const [index, chunk] of chunks.entries()) {
          yield chunk;
          if (index === 0) abortNow();
        }
      });
    },
  },
  {
    name: "abort: during put, after much was sent: the reason, and no trace",
    async run(context) {
      await abortPut(context, async function* (chunks, abortNow) {
        for (const [index, chunk] of chunks.entries()) {
          if (index === chunks.length - 1) abortNow();
          yield chunk;
        }
      });
    },
  },
  {
    name: "abort: during put, while the body stalls: the reason, and no trace",
    async run(context) {
      await abortPut(context, async function* (chunks, abortNow) {
        yield chunks[0]!;
        setTimeout(abortNow, 0);
        await new Promise<never>(() => {});
      });
    },
  },
  {
    name: "abort: during put of a web stream that stalls: the reason, no trace, and the stream is cancelled",
    async run(context) {
      const cancelled: unknown[] = [];
      await abortPut(context, (chunks, abortNow) => {
        let sent = 0;
        return new ReadableStream<Uint8Array>({
          pull(controller) {
            if (sent++ === 0) return controller.enqueue(chunks[0]!);
            setTimeout(abortNow, 0);
            return new Promise<never>(() => {});
          },
          cancel: (reason) => void cancelled.push(reason),
        });
      });
      equal(cancelled.length, 2, "streams cancelled, of 2 whose put was aborted");
    },
  },
  {
    name: "abort: while a put of bytes is under way: the reason, or it is kept; whole either way",
    async run({ storage, key, largeBytes }) {
      const large = randomBytes(largeBytes);
      await storage.put(key("object"), before);
      for (let ticks = 0; ticks < 10; ticks++) {
        const controller = new AbortController();
        const reason = new Error("the caller's own reason");
        const put = storage.put(key("object"), large, { signal: controller.signal });
        const outcome = put.then(
          () => undefined,
          (error: unknown) => ({ error }),
        );
        for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
        controller.abort(reason);
        const failure = await outcome;
        if (failure !== undefined) equal(failure.error, reason, "what an aborted put rejected with");
        const bytes = await read(storage, key("object"));
        const kept = failure === undefined || bytes.byteLength === largeBytes;
        equalBytes(bytes, kept ? large : before, "bytes after an aborted put");
        await storage.put(key("object"), before);
      }
    },
  },
  {
    name: "abort: between get and the first read: the reason, by bytes() and stream()",
    async run({ storage, key, largeBytes }) {
      const at = key("object");
      await storage.put(at, randomBytes(largeBytes));
      for (const how of ["bytes", "stream"] as const) {
        const controller = new AbortController();
        const reason = new Error("the caller's own reason");
        const object = await storage.get(at, { signal: controller.signal });
        check(object !== undefined, `get(${show(at)}): expected an object, there is none`);
        controller.abort(reason);
        const reading = how === "bytes" ? object.bytes() : readRest(object.stream().getReader());
        await expectReason(reading, reason, `${how}() after an abort`);
      }
    },
  },
  {
    name: "abort: while the stream of a get is read: the reason, never a normal end",
    async run({ storage, key, largeBytes }) {
      const at = key("object");
      const bytes = randomBytes(largeBytes);
      await storage.put(at, bytes);
      for (let round = 0; round < 20; round++) {
        const controller = new AbortController();
        const reason = new Error("the caller's own reason");
        const object = await storage.get(at, { signal: controller.signal });
        check(object !== undefined, `get(${show(at)}): expected an object, there is none`);
        const reader = object.stream().getReader();
        const head = await reader.read();
        controller.abort(reason);
        // One that came whole in the first chunk has nothing left to abort.
        if (head.value?.byteLength === bytes.byteLength) continue;
        await expectReason(readRest(reader), reason, "reading on after an abort");
      }
      equalBytes(await read(storage, at), bytes, "bytes after 20 gets that were aborted");
    },
  },
  {
    name: "abort: right after the call of get, stat, list, put or delete: the reason, or the right result",
    async run({ storage, key, prefix }) {
      const at = key("object");
      await storage.put(at, before);
      for (const [name, run] of Object.entries(operations(storage, at, prefix))) {
        const expected = show(await run(new AbortController().signal));
        for (let round = 0; round < 10; round++) {
          const controller = new AbortController();
          const reason = new Error("the caller's own reason");
          const outcome = run(controller.signal).then(
            (value) => ({ value, rejected: false }),
            (value: unknown) => ({ value, rejected: true }),
          );
          for (let tick = 0; tick < round; tick++) await Promise.resolve();
          controller.abort(reason);
          const { value, rejected } = await outcome;
          if (rejected) equal(value, reason, `what an aborted ${name} rejected with`);
          else if (name !== "put" && name !== "list")
            equal(show(value), expected, `what an aborted ${name} resolved with`);
        }
        await storage.put(at, before);
      }
    },
  },
  {
    name: "abort: after the operation has ended changes nothing",
    async run(context) {
      const { storage, key, prefix } = context;
      const controller = new AbortController();
      const { signal } = controller;
      await storage.put(key("bytes"), before, { signal });
      await storage.put(key("stream"), streamOf([before]), { size: 1000, signal });
      await read(storage, key("bytes"), { signal });
      await listAll(storage, { prefix, signal });
      controller.abort(new Error("too late"));
      for (const name of ["bytes", "stream"]) await expectObject(storage, key(name), before, "after a late abort");
      await expectListed(context, [key("bytes"), key("stream")], "after a late abort");
    },
  },
];
