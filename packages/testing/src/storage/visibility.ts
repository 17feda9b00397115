import { type Body, StorageError } from "@coatcheck/core";
import { check, equal, equalBytes, firstDifferentByte, show } from "../assert.ts";
import { join, pieces } from "../chunks.ts";
import { randomBytes } from "../random.ts";
import type { CaseContext, StorageCase } from "./case.ts";
import { expectListed, expectObject, info, listAll, read, readRest, streamOf } from "./objects.ts";

const old = randomBytes(3000, 1);

/** Puts a large stream, and looks at the key each time the storage asks for more: it must show what was there before. */
async function watchPut(
  context: CaseContext,
  at: string,
  before: Uint8Array | undefined,
  size: boolean,
): Promise<void> {
  const { storage, prefix, largeBytes } = context;
  const bytes = randomBytes(largeBytes, 5);
  const chunks = pieces(bytes, Math.ceil(largeBytes / 40));
  const seen: string[] = [];
  const look = async (sent: number): Promise<void> => {
    const stat = await storage.stat(at);
    const object = await storage.get(at);
    const got = await object?.bytes();
    const listed = (await listAll(storage, { prefix })).map((each) => `${each.key} (${each.size} bytes)`);
    const expected = before === undefined ? [] : [`${at} (${before.byteLength} bytes)`];
    if (stat?.size !== before?.byteLength) seen.push(`stat gave ${show(stat)} after ${sent} chunks`);
    if ((got === undefined) !== (before === undefined)) seen.push(`get gave ${show(got)} after ${sent} chunks`);
    else if (got !== undefined && firstDifferentByte(got, before!) !== undefined) seen.push(`get gave other bytes`);
    if (listed.join() !== expected.join()) seen.push(`list gave ${show(listed)} after ${sent} chunks`);
  };
  async function* body(): AsyncGenerator<Uint8Array, void, void> {
    for (const [sent, chunk] of chunks.entries()) {
      if (sent % 13 === 1) await look(sent);
      yield chunk;
    }
    await look(chunks.length);
  }
  await storage.put(at, body(), size ? { size: bytes.byteLength } : {});
  check(seen.length === 0, `while a put is under way, what was there before must show: ${seen[0]}`);
  await expectObject(storage, at, bytes, "after put");
}

/** Who sees what, and when: no half objects, nothing stale, no bytes that two hold. */
export const visibility: readonly StorageCase[] = [
  {
    name: "visibility: a new object is not there until put resolves, by get, stat and list",
    async run(context) {
      await watchPut(context, context.key("object"), undefined, true);
    },
  },
  {
    name: "visibility: the old object is there until put resolves, by get, stat and list",
    async run(context) {
      await context.storage.put(context.key("object"), old);
      await watchPut(context, context.key("object"), old, true);
    },
  },
  {
    name: "visibility: the same for a stream of unknown size",
    needs: ["unknownLength"],
    async run(context) {
      await watchPut(context, context.key("object"), undefined, false);
      await watchPut(context, context.key("object"), randomBytes(context.largeBytes, 5), false);
    },
  },
  {
    name: "visibility: a reader that began before a replace or delete never gets a mix",
    async run({ storage, key, largeBytes }) {
      const first = randomBytes(largeBytes, 1);
      for (const change of ["replace", "delete"] as const) {
        const at = key(change);
        await storage.put(at, first);
        const object = await storage.get(at);
        check(object !== undefined, `get(${show(at)}): expected an object, there is none`);
        const reader = object.stream().getReader();
        const head = await reader.read();
        if (change === "replace") await storage.put(at, randomBytes(largeBytes, 2));
        else await storage.delete(at);
        const rest = await readRest(reader).catch((error: unknown) => {
          check(
            error instanceof StorageError,
            `reading on after a ${change}: expected a StorageError, got ${show(error)}`,
          );
        });
        if (rest === undefined) continue;
        equalBytes(join([head.value ?? new Uint8Array(), rest]), first, `bytes that a reader got across a ${change}`);
      }
    },
  },
  {
    name: "visibility: list shows a put, a replace and a delete at once",
    async run(context) {
      const { storage, key, prefix } = context;
      const at = key("object");
      for (const length of [10, 20, 5]) {
        const put = await storage.put(at, randomBytes(length));
        const [listed] = await listAll(storage, { prefix });
        equal(listed?.key, at, "key listed after put");
        equal(listed?.size, length, "size listed after put");
        equal(listed?.version, put.version, "version listed after put");
      }
      await storage.delete(at);
      await expectListed(context, [], "after delete");
    },
  },
  {
    name: "visibility: what get gives is the caller's own: changing it changes nothing stored",
    async run({ storage, key }) {
      const at = key("object");
      await storage.put(at, old);
      (await read(storage, at)).fill(0);
      equalBytes(await read(storage, at), old, "bytes after a caller changed those that bytes() gave");
      const object = await storage.get(at);
      check(object !== undefined, `get(${show(at)}): expected an object, there is none`);
      const reader = object.stream().getReader();
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) chunk.value.fill(0);
      equalBytes(await read(storage, at), old, "bytes after a caller changed those that stream() gave");
    },
  },
  {
    name: "visibility: what was put is the storage's own: changing it afterwards changes nothing stored",
    async run({ storage, key }) {
      const shapes: Record<string, (bytes: Uint8Array) => Body> = {
        bytes: (bytes) => bytes,
        chunks: (bytes) => pieces(bytes, 1000),
        stream: (bytes) => streamOf([bytes]),
      };
      for (const [name, shape] of Object.entries(shapes)) {
        const bytes = old.slice();
        await storage.put(key(name), shape(bytes), { size: bytes.byteLength });
        bytes.fill(0);
        equalBytes(await read(storage, key(name)), old, `bytes after a caller changed the ${name} it had put`);
      }
    },
  },
  {
    name: "visibility: what was put is the caller's too: a put leaves bytes, and an array of chunks, as they were",
    async run({ storage, key }) {
      // Not those of the other cases, which could tell nothing any more.
      const bytes = old.slice();
      const chunks = pieces(bytes, 1000);
      const given = [...chunks];
      const shapes: Record<string, Body> = { bytes, chunks, stream: streamOf(given) };
      for (const [name, body] of Object.entries(shapes)) {
        await storage.put(key(name), body, { size: old.byteLength });
        equalBytes(bytes, old, `bytes that a caller gave as ${name}, after put`);
        check(
          chunks.length === given.length && chunks.every((chunk, index) => chunk === given[index]),
          `a put of an array of ${given.length} chunks changed the array: it holds ${chunks.length}, or others`,
        );
      }
    },
  },
  {
    name: "visibility: a date that was given is the caller's own: changing it changes nothing stored",
    async run({ storage, key }) {
      const at = key("object");
      const put = await storage.put(at, old);
      const before = (await info(storage, at)).modifiedAt.getTime();
      put.modifiedAt.setTime(0);
      (await info(storage, at)).modifiedAt.setTime(0);
      (await listAll(storage, { prefix: at }))[0]?.modifiedAt.setTime(0);
      equal(
        (await info(storage, at)).modifiedAt.getTime(),
        before,
        "modifiedAt after a caller changed what it was given",
      );
    },
  },
];
