import type { ByteRange } from "@coatcheck/core";
import { check, equal, equalBytes, show } from "../assert.ts";
import { randomBytes } from "../random.ts";
import type { CaseContext, StorageCase } from "./case.ts";
import { drain, info, storageError } from "./objects.ts";

async function expectRange(context: CaseContext, at: string, bytes: Uint8Array, range: ByteRange): Promise<void> {
  const { storage } = context;
  const named = `get(${show(at)}) of ${bytes.byteLength} bytes, range ${range.start} to ${range.end ?? "the end"}`;
  const expected = bytes.slice(range.start, range.end ?? bytes.byteLength);
  const whole = await info(storage, at);
  for (const how of ["bytes", "stream"] as const) {
    const object = await storage.get(at, { range });
    check(object !== undefined, `${named}: expected an object, there is none`);
    equal(object.info.size, bytes.byteLength, `${named}: info.size, which is the whole object's`);
    equal(object.info.version, whole.version, `${named}: info.version`);
    const actual = how === "bytes" ? await object.bytes() : await drain(object.stream());
    equalBytes(actual, expected, `${named}, by ${how}()`);
  }
}

function ranged(name: string, length: (largeBytes: number) => number, ranges: readonly ByteRange[]): StorageCase {
  return {
    name: `ranges: ${name}`,
    needs: ["ranges"],
    async run(context) {
      const at = context.key("object");
      const bytes = randomBytes(length(context.largeBytes), 3);
      await context.storage.put(at, bytes);
      for (const range of ranges) await expectRange(context, at, bytes, range);
    },
  };
}

/** Parts of objects. */
export const ranges: readonly StorageCase[] = [
  ranged("first, last and middle bytes; end is not included", () => 1000, [
    { start: 0, end: 1 },
    { start: 999, end: 1000 },
    { start: 10, end: 20 },
    { start: 0, end: 1000 },
    { start: 1, end: 999 },
  ]),
  ranged("without end, to the object's end", () => 1000, [{ start: 0 }, { start: 1 }, { start: 500 }, { start: 999 }]),
  ranged("an end past the object's is clamped", () => 1000, [
    { start: 990, end: 1001 },
    { start: 0, end: 5000 },
    { start: 999, end: Number.MAX_SAFE_INTEGER },
  ]),
  ranged("zero length gives zero bytes", () => 1000, [
    { start: 0, end: 0 },
    { start: 7, end: 7 },
    { start: 1000, end: 1000 },
  ]),
  ranged("a start at or past the end gives zero bytes, not an error", () => 1000, [
    { start: 1000 },
    { start: 1001 },
    { start: 1000, end: 1001 },
    { start: 5000, end: 6000 },
    { start: Number.MAX_SAFE_INTEGER },
    { start: Number.MAX_SAFE_INTEGER, end: Number.MAX_SAFE_INTEGER },
  ]),
  ranged("of an object of 0 bytes", () => 0, [{ start: 0 }, { start: 0, end: 0 }, { start: 0, end: 10 }, { start: 1 }]),
  {
    name: "ranges: of a large object",
    needs: ["ranges"],
    async run(context) {
      const at = context.key("object");
      const bytes = randomBytes(context.largeBytes, 3);
      await context.storage.put(at, bytes);
      const half = bytes.byteLength >>> 1;
      await expectRange(context, at, bytes, { start: 0, end: 4096 });
      await expectRange(context, at, bytes, { start: half, end: half + 200_001 });
      await expectRange(context, at, bytes, { start: bytes.byteLength - 33 });
      await expectRange(context, at, bytes, { start: 1 });
    },
  },
  {
    name: "ranges: of a key that is not there is undefined",
    needs: ["ranges"],
    async run({ storage, key }) {
      const object = await storage.get(key("never"), { range: { start: 0, end: 10 } });
      check(object === undefined, `get with a range of a missing key: expected undefined, got ${show(object?.info)}`);
    },
  },
  {
    name: "ranges: one that cannot be is Misconfigured",
    needs: ["ranges"],
    async run({ storage, key }) {
      const at = key("object");
      await storage.put(at, randomBytes(10));
      for (const range of [
        { start: -1 },
        { start: 0.5 },
        { start: NaN },
        { start: 0, end: -1 },
        { start: 5, end: 4 },
        { start: 0, end: Infinity },
        { start: 2 ** 53 },
      ]) {
        await storageError(storage.get(at, { range }), "Misconfigured", `get with the range ${show(range)}`);
      }
    },
  },
];
