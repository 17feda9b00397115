import { check, equal, equalBytes, rejection, show } from "../assert.ts";
import { randomBytes } from "../random.ts";
import type { StorageCase } from "./case.ts";
import { drain, expectNothing, expectObject, read } from "./objects.ts";

const CANCELS = 200;

/** What get gives: single use, cancelled or left early without harm. */
export const storedObjects: readonly StorageCase[] = [
  {
    name: "get: an object is for one use",
    async run({ storage, key }) {
      const at = key("object");
      await storage.put(at, randomBytes(1000));
      for (const use of ["bytes", "stream", "cancel"] as const) {
        const object = await storage.get(at);
        check(object !== undefined, `get(${show(at)}): expected an object, there is none`);
        if (use === "stream") await drain(object.stream());
        else await object[use]();
        for (const again of ["bytes", "stream"] as const) {
          const what = `${again}() after ${use}()`;
          const error = await rejection((async () => object[again]())(), what);
          check(error instanceof TypeError, `${what}: expected a TypeError, got ${show(error)}`);
        }
        await object.cancel();
        await object[Symbol.asyncDispose]();
      }
    },
  },
  {
    name: `get: after ${CANCELS} that were cancelled unread one more works`,
    async run({ storage, key, largeBytes }) {
      const at = key("object");
      const bytes = randomBytes(Math.min(largeBytes, 1_000_000));
      await storage.put(at, bytes);
      for (let round = 0; round < CANCELS; round++) await (await storage.get(at))?.cancel();
      await expectObject(storage, at, bytes, `after ${CANCELS} gets that were cancelled`);
    },
  },
  {
    name: `get: after ${CANCELS} at once that were cancelled one more works`,
    async run({ storage, key, largeBytes }) {
      const at = key("object");
      const bytes = randomBytes(Math.min(largeBytes, 1_000_000));
      await storage.put(at, bytes);
      const objects = await Promise.all(Array.from({ length: CANCELS }, () => storage.get(at)));
      await Promise.all(objects.map(async (object) => await object?.cancel()));
      await expectObject(storage, at, bytes, `after ${CANCELS} gets that were cancelled`);
    },
  },
  {
    name: `get: after ${CANCELS} whose streams were left early one more works`,
    async run({ storage, key, largeBytes }) {
      const at = key("object");
      const bytes = randomBytes(Math.min(largeBytes, 1_000_000));
      await storage.put(at, bytes);
      for (let round = 0; round < CANCELS; round++) {
        const object = await storage.get(at);
        check(object !== undefined, `get(${show(at)}): expected an object, there is none`);
        const reader = object.stream().getReader();
        if (round % 2 === 0) await reader.read();
        await reader.cancel();
      }
      await expectObject(storage, at, bytes, `after ${CANCELS} streams that were left early`);
    },
  },
  {
    name: "get: one that was cancelled or left early is in nobody's way",
    async run(context) {
      const { storage, key } = context;
      const at = key("object");
      await storage.put(at, randomBytes(100_000));
      await (await storage.get(at))?.cancel();
      const reader = (await storage.get(at))?.stream().getReader();
      await reader?.read();
      await reader?.cancel();
      await storage.put(at, randomBytes(10));
      await storage.delete(at);
      await expectNothing(context, at, "after delete");
    },
  },
  {
    name: "get: two of one object at once are read apart",
    async run({ storage, key }) {
      const at = key("object");
      const bytes = randomBytes(300_000);
      await storage.put(at, bytes);
      const [first, second] = await Promise.all([storage.get(at), storage.get(at)]);
      check(first !== undefined && second !== undefined, `get(${show(at)}): expected an object, there is none`);
      const reader = first.stream().getReader();
      const head = await reader.read();
      equalBytes(await second.bytes(), bytes, "bytes of the second get");
      let length = head.value?.byteLength ?? 0;
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) length += chunk.value.byteLength;
      equal(length, bytes.byteLength, "bytes that the first get's stream gave");
    },
  },
  {
    name: "get: many objects at once each give their own bytes",
    async run({ storage, key, racers }) {
      const names = Array.from({ length: racers * 2 }, (_, index) => index);
      const bytes = (index: number): Uint8Array => randomBytes(1000 + index, index + 1);
      await Promise.all(names.map((index) => storage.put(key(`object-${index}`), bytes(index))));
      await Promise.all(
        names.map(async (index) => {
          equalBytes(await read(storage, key(`object-${index}`)), bytes(index), `bytes of object-${index}`);
        }),
      );
    },
  },
];
