import type { Body } from "@coatcheck/core";
import { check, equal, equalBytes, show } from "../assert.ts";
import { iterableOf, pieces } from "../chunks.ts";
import { randomBytes } from "../random.ts";
import type { StorageCase } from "./case.ts";
import { drain, expectNothing, expectObject, info, read, streamOf } from "./objects.ts";

const everyByte = Uint8Array.from({ length: 256 }, (_, value) => value);
const small = randomBytes(1000);
const middle = randomBytes(70_000);

interface Shape {
  readonly name: string;
  readonly bytes: (largeBytes: number) => Uint8Array;
  readonly body: (bytes: Uint8Array) => Body;
  /** Whether `size` is given; where it is not, the capability unknownLength is needed for streams. */
  readonly sized: boolean;
  readonly stream?: boolean;
}

const shapes: readonly Shape[] = [
  { name: "0 bytes", bytes: () => new Uint8Array(), body: (b) => b, sized: false },
  { name: "1 byte", bytes: () => new Uint8Array([0]), body: (b) => b, sized: false },
  { name: "every value of a byte", bytes: () => everyByte, body: (b) => b, sized: false },
  { name: "bytes with their size given", bytes: () => small, body: (b) => b, sized: true },
  { name: "bytes that are part of a larger buffer", bytes: () => small, body: inLargerBuffer, sized: false },
  { name: "an empty array of chunks", bytes: () => new Uint8Array(), body: () => [], sized: false },
  { name: "an array of chunks, empty ones too", bytes: () => small, body: (b) => withEmpty(b), sized: false },
  { name: "an array of 1,000 chunks", bytes: () => small, body: (b) => pieces(b, 1), sized: true },
  { name: "an array of chunks over 64 KiB", bytes: () => middle, body: (b) => pieces(b, 9_999), sized: false },
  {
    name: "an empty stream of known size",
    bytes: () => new Uint8Array(),
    body: streamed(10),
    sized: true,
    stream: true,
  },
  {
    name: "an empty stream of unknown size",
    bytes: () => new Uint8Array(),
    body: streamed(10),
    sized: false,
    stream: true,
  },
  { name: "a stream of known size", bytes: () => small, body: streamed(37), sized: true, stream: true },
  { name: "a stream of unknown size", bytes: () => small, body: streamed(37), sized: false, stream: true },
  {
    name: "a stream with empty chunks",
    bytes: () => small,
    body: (b) => streamOf(withEmpty(b)),
    sized: true,
    stream: true,
  },
  { name: "an async iterable of known size", bytes: () => middle, body: iterated(9_999), sized: true, stream: true },
  { name: "an async iterable of unknown size", bytes: () => middle, body: iterated(9_999), sized: false, stream: true },
  { name: "a large array", bytes: randomBytes, body: (b) => b, sized: false },
  { name: "a large array of chunks", bytes: randomBytes, body: (b) => pieces(b, 100_003), sized: false },
  { name: "a large stream of known size", bytes: randomBytes, body: streamed(65_536), sized: true, stream: true },
  { name: "a large stream of unknown size", bytes: randomBytes, body: streamed(65_536), sized: false, stream: true },
  { name: "a large stream in one chunk", bytes: randomBytes, body: (b) => streamOf([b]), sized: true, stream: true },
];

function inLargerBuffer(bytes: Uint8Array): Uint8Array {
  const larger = new Uint8Array(bytes.byteLength + 24).fill(0xff);
  larger.set(bytes, 8);
  return larger.subarray(8, 8 + bytes.byteLength);
}

function withEmpty(bytes: Uint8Array): Uint8Array[] {
  const empty = new Uint8Array();
  return [empty, ...pieces(bytes, 300).flatMap((piece) => [piece, empty])];
}

function streamed(size: number): (bytes: Uint8Array) => Body {
  return (bytes) => streamOf(pieces(bytes, size));
}

function iterated(size: number): (bytes: Uint8Array) => Body {
  return (bytes) => iterableOf(pieces(bytes, size));
}

function roundTrip({ name, bytes: make, body, sized, stream }: Shape): StorageCase {
  return {
    name: `round trip: ${name}`,
    needs: stream === true && !sized ? ["unknownLength"] : [],
    async run({ storage, key, largeBytes }) {
      const bytes = make(largeBytes);
      const at = key("object");
      const put = await storage.put(at, body(bytes), sized ? { size: bytes.byteLength } : {});
      equal(put.key, at, "key that put gave");
      equal(put.size, bytes.byteLength, "size that put gave");
      await expectObject(storage, at, bytes, "after put");
      const object = await storage.get(at);
      check(object !== undefined, `get(${show(at)}): expected an object, there is none`);
      equal(object.info.key, at, "key that get gave");
      equal(object.info.size, bytes.byteLength, "size that get gave");
      equalBytes(await drain(object.stream()), bytes, "bytes of the stream");
    },
  };
}

/** What is put comes back, whatever its shape; misses and repeats. */
export const roundTrips: readonly StorageCase[] = [
  ...shapes.map(roundTrip),
  {
    name: "miss: get and stat of a key that never was are undefined",
    async run(context) {
      await expectNothing(context, context.key("never"), "of a key that never was");
    },
  },
  {
    name: "miss: get and stat of a deleted object are undefined",
    async run(context) {
      const at = context.key("deleted");
      await context.storage.put(at, small);
      await context.storage.delete(at);
      await expectNothing(context, at, "after delete");
    },
  },
  {
    name: "miss: the segments above an object, and names below it, are no objects",
    async run(context) {
      await context.storage.put(context.key("a/b/c"), small);
      for (const name of ["a", "a/b", "a/b/c/d", "a/b/c/d/e"]) {
        const at = context.key(name);
        const there = await context.storage.stat(at);
        check(there === undefined, `stat(${show(at)}): only a/b/c was put, got ${show(there)}`);
        const object = await context.storage.get(at);
        check(object === undefined, `get(${show(at)}): only a/b/c was put, got ${show(object?.info)}`);
      }
    },
  },
  {
    name: "repeat: a put replaces the whole object, a shorter one and an empty one too",
    async run({ storage, key }) {
      const at = key("object");
      for (const length of [5000, 70_000, 10, 0, 1]) {
        const bytes = randomBytes(length, length + 7);
        await storage.put(at, bytes);
        await expectObject(storage, at, bytes, `after a put of ${length} bytes over it`);
      }
    },
  },
  {
    name: "metadata: modifiedAt is a Date of about now, in put, get and stat",
    async run({ storage, key }) {
      const at = key("object");
      const put = await storage.put(at, small);
      const object = await storage.get(at);
      await object?.cancel();
      for (const [from, date] of Object.entries({
        put: put.modifiedAt,
        get: object?.info.modifiedAt,
        stat: (await info(storage, at)).modifiedAt,
      })) {
        const isDate = Object.prototype.toString.call(date) === "[object Date]";
        check(
          isDate && !Number.isNaN(date!.getTime()),
          `modifiedAt by ${from}: expected a valid Date, got ${show(date)}`,
        );
        const off = Math.abs(date!.getTime() - Date.now());
        check(off < 86_400_000, `modifiedAt by ${from}: expected about now, got ${date!.toISOString()}`);
      }
    },
  },
  {
    name: "metadata: contentType is kept, with parameters, for bytes and streams",
    needs: ["contentType"],
    async run({ storage, key }) {
      for (const [name, contentType] of Object.entries({
        plain: "application/json",
        parameters: "text/plain; charset=utf-8",
        vendor: "application/vnd.coatcheck.result+json; v=1",
        compressed: "application/gzip",
      })) {
        const bytes = new TextEncoder().encode(`${name}\r\n\n\0`);
        const put = await storage.put(key(name), bytes, { contentType });
        equal(put.contentType, contentType, "contentType that put gave");
        await storage.put(key(`${name}-stream`), streamOf([bytes]), { contentType, size: bytes.byteLength });
        for (const at of [key(name), key(`${name}-stream`)]) {
          equal((await info(storage, at)).contentType, contentType, `contentType of ${show(at)} by stat`);
          const object = await storage.get(at);
          equal(object?.info.contentType, contentType, `contentType of ${show(at)} by get`);
          equalBytes((await object?.bytes()) ?? new Uint8Array(), bytes, `bytes of ${show(at)}`);
        }
      }
    },
  },
  {
    name: "metadata: a put replaces the contentType with the object",
    needs: ["contentType"],
    async run({ storage, key }) {
      const at = key("object");
      await storage.put(at, small, { contentType: "text/x-first" });
      await storage.put(at, small, { contentType: "text/x-second" });
      equal((await info(storage, at)).contentType, "text/x-second", "contentType after a second put");
      await storage.put(at, small);
      const left = (await info(storage, at)).contentType;
      check(
        left !== "text/x-second",
        `contentType after a put without one: ${show(left)} of the replaced object is left`,
      );
    },
  },
  {
    name: "delete: a repeat, and a key that never was, succeed",
    async run(context) {
      const { storage, key } = context;
      const at = key("object");
      await storage.delete(key("never"));
      await storage.put(at, small);
      await storage.put(key("object/below"), small);
      equal(await storage.delete(at), undefined, "what delete resolved with");
      await storage.delete(at);
      await expectNothing(context, at, "after delete");
      equalBytes(await read(storage, key("object/below")), small, "bytes of the object below the deleted one");
      await storage.put(at, middle);
      await expectObject(storage, at, middle, "after a put where one was deleted");
    },
  },
  {
    name: "deleteMany: deletes those that are there, and no others; missing and doubled keys succeed",
    async run(context) {
      const { storage, key } = context;
      const keys = Array.from({ length: 20 }, (_, index) => key(`many/${index}`));
      await Promise.all(keys.map((at) => storage.put(at, small)));
      await storage.deleteMany([]);
      await storage.deleteMany([key("many/never"), key("many"), ...keys.slice(0, 10), keys[0]!]);
      for (const at of keys.slice(0, 10)) await expectNothing(context, at, "after deleteMany");
      for (const at of keys.slice(10)) equal((await info(storage, at)).size, small.byteLength, `size of ${show(at)}`);
    },
  },
];
