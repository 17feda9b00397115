import type { Body, PutOptions } from "@coatcheck/core";
import { check, equal, rejection, show } from "../assert.ts";
import { pieces } from "../chunks.ts";
import { randomBytes } from "../random.ts";
import type { CaseContext, StorageCase } from "./case.ts";
import { expectListed, expectNothing, expectObject, info, storageError, streamOf } from "./objects.ts";

const before = randomBytes(1000, 1);

/**
 * Puts a body that fails, over nothing and over an object: nothing may be left of it, and what was there stays.
 * `attempt` puts it and checks what it throws.
 */
async function expectNoTrace(
  context: CaseContext,
  attempt: (at: string, when: PutOptions["when"]) => Promise<void>,
): Promise<void> {
  const { storage, key } = context;
  const { create, replace } = storage.capabilities;
  const there = key("there");
  const { version } = await storage.put(there, before);
  for (const when of create ? (["any", "absent"] as const) : (["any"] as const)) {
    await attempt(key("new/deep"), when);
    await expectNothing(context, key("new/deep"), "after its put failed");
  }
  for (const when of replace ? (["any", { version }] as const) : (["any"] as const)) {
    await attempt(there, when);
    await expectObject(storage, there, before, "after a put over it failed");
    equal((await info(storage, there)).version, version, "version after a put over it failed");
  }
  await expectListed(context, [there], "after puts that failed");
}

/** A body that gives `chunks` and then throws `error`. */
async function* failing(chunks: readonly Uint8Array[], error: unknown): AsyncGenerator<Uint8Array, void, void> {
  yield* chunks;
  throw error;
}

function failingStream(chunks: readonly Uint8Array[], error: unknown): ReadableStream<Uint8Array> {
  const rest = chunks.values();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = rest.next();
      if (done === true) controller.error(error);
      else controller.enqueue(value);
    },
  });
}

function sourceFails(name: string, length: (largeBytes: number) => number, sized: boolean): StorageCase {
  return {
    name: `failure: a body that throws ${name}, of ${sized ? "known" : "unknown"} size: its own error, and no trace`,
    needs: sized ? [] : ["unknownLength"],
    async run(context) {
      const bytes = randomBytes(length(context.largeBytes));
      const chunks = pieces(bytes, 50_000);
      const options = sized ? { size: bytes.byteLength + 1000 } : {};
      for (const make of [failing, failingStream]) {
        await expectNoTrace(context, async (at, when) => {
          const error = new Error("the caller's own");
          const put = context.storage.put(at, make(chunks, error), { ...options, when });
          const caught = await rejection(put, "put of a body that throws");
          check(caught === error, `put of a body that throws: expected the body's own error, got ${show(caught)}`);
        });
      }
    },
  };
}

function wrongSize(name: string, length: number, size: (largeBytes: number) => number): StorageCase {
  return {
    name: `failure: a stream that is ${name} than its size is an error, and leaves no trace`,
    async run(context) {
      const announced = size(context.largeBytes);
      const chunks = pieces(randomBytes(announced + length), 50_000);
      await expectNoTrace(context, async (at, when) => {
        const put = context.storage.put(at, streamOf(chunks), { size: announced, when });
        await storageError(put, "Corrupt", `put of ${announced + length} bytes with size ${announced}`);
      });
    },
  };
}

/** Puts that fail halfway. */
export const failures: readonly StorageCase[] = [
  sourceFails("at once", () => 0, true),
  sourceFails("halfway", () => 120_000, true),
  sourceFails("after much was sent", (largeBytes) => largeBytes, true),
  sourceFails("at once", () => 0, false),
  sourceFails("halfway", () => 120_000, false),
  sourceFails("after much was sent", (largeBytes) => largeBytes, false),
  {
    name: "failure: a body that throws what is no Error: that very thing, and no trace",
    async run(context) {
      for (const thrown of [undefined, null, "text", { an: "object" }]) {
        await expectNoTrace(context, async (at, when) => {
          const put = context.storage.put(at, failing([before], thrown), { size: 5000, when });
          const caught = await rejection(put, `put of a body that throws ${show(thrown)}`);
          check(caught === thrown, `put of a body that throws ${show(thrown)}: got ${show(caught)}`);
        });
      }
    },
  },
  wrongSize("1 byte shorter", -1, () => 1000),
  wrongSize("1 byte longer", 1, () => 1000),
  wrongSize("much longer", 200_000, () => 10),
  wrongSize("empty, so shorter", -1, () => 1),
  wrongSize("not empty, so longer", 1, () => 0),
  wrongSize("1 byte shorter, and large,", -1, (largeBytes) => largeBytes),
  wrongSize("1 byte longer, and large,", 1, (largeBytes) => largeBytes),
  {
    name: "failure: a size that is not that of the bytes, or no size, is refused and leaves no trace",
    async run(context) {
      await expectNoTrace(context, async (at, when) => {
        for (const body of [before, pieces(before, 300)]) {
          const put = context.storage.put(at, body, { size: 999, when });
          await storageError(put, "Corrupt", "put of 1000 bytes with size 999");
        }
        for (const size of [-1, 1.5, NaN, Infinity]) {
          const put = context.storage.put(at, streamOf([before]), { size, when });
          await storageError(put, "Misconfigured", `put with size ${size}`);
        }
      });
    },
  },
  {
    name: "failure: a body that is not bytes, or gives something else, is Misconfigured and leaves no trace",
    async run(context) {
      await expectNoTrace(context, async (at, when) => {
        for (const wrong of ["text", 5, null, undefined, {}, [1, 2], [before, "text"], new ArrayBuffer(8)]) {
          const put = context.storage.put(at, wrong as Body, { when });
          await storageError(put, "Misconfigured", `put of ${show(wrong)}`);
        }
        async function* mixed(): AsyncGenerator<Uint8Array, void, void> {
          yield before;
          yield "text" as unknown as Uint8Array;
        }
        const put = context.storage.put(at, mixed(), { size: 1004, when });
        await storageError(put, "Misconfigured", "put of a stream that gives text");
      });
    },
  },
  {
    name: "failure: after 50 puts that failed one more works",
    async run({ storage, key }) {
      for (let round = 0; round < 50; round++) {
        const put = storage.put(key("object"), failing([before], new Error("the caller's own")), { size: 5000 });
        await rejection(put, "put of a body that throws");
      }
      await storage.put(key("object"), before);
      await expectObject(storage, key("object"), before, "after 50 puts that failed");
    },
  },
];
