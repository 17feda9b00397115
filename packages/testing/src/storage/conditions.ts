import type { Body, PutOptions } from "@coatcheck/core";
import { check, equal, show } from "../assert.ts";
import { pieces } from "../chunks.ts";
import { randomBytes } from "../random.ts";
import type { CaseContext, StorageCase } from "./case.ts";
import { expectNothing, expectObject, info, storageError, streamOf } from "./objects.ts";

const first = randomBytes(1000, 1);
const second = randomBytes(1000, 2);

/** Fails unless the object still is what it was: bytes, version and contentType. */
async function expectUntouched({ storage }: CaseContext, at: string, version: string, after: string): Promise<void> {
  await expectObject(storage, at, first, after);
  equal((await info(storage, at)).version, version, `version of ${show(at)} ${after}`);
}

/** The same condition with every shape of body and every other option: peers lost conditions in such combinations. */
const combinations: readonly { name: string; options: PutOptions; body: () => Body; needs: StorageCase["needs"] }[] = [
  { name: "bytes", options: {}, body: () => second, needs: [] },
  { name: "chunks", options: { size: 1000 }, body: () => pieces(second, 300), needs: [] },
  { name: "a stream", options: { size: 1000 }, body: () => streamOf(pieces(second, 300)), needs: [] },
  {
    name: "a stream of unknown size",
    options: {},
    body: () => streamOf(pieces(second, 300)),
    needs: ["unknownLength"],
  },
  { name: "a contentType", options: { contentType: "text/plain" }, body: () => second, needs: ["contentType"] },
  { name: "a signal", options: { signal: new AbortController().signal }, body: () => second, needs: [] },
];

const combined: readonly StorageCase[] = combinations.flatMap(({ name, options, body, needs = [] }) => [
  {
    name: `create: when "absent" with ${name}: puts where there is nothing, else AlreadyExists`,
    needs: ["create", ...needs],
    async run(context: CaseContext) {
      const { storage, key } = context;
      const at = key("object");
      await storage.put(key("new"), body(), { ...options, when: "absent" });
      await expectObject(storage, key("new"), second, "after a create");
      const { version } = await storage.put(at, first);
      const put = storage.put(at, body(), { ...options, when: "absent" });
      await storageError(put, "AlreadyExists", 'put with when "absent" over an object');
      await expectUntouched(context, at, version, "after a refused create");
    },
  },
  {
    name: `replace: when { version } with ${name}: puts over that version, else Conflict`,
    needs: ["replace", ...needs],
    async run(context: CaseContext) {
      const { storage, key } = context;
      const at = key("object");
      const old = await storage.put(at, second);
      const { version } = await storage.put(at, first);
      const stale = storage.put(at, body(), { ...options, when: { version: old.version } });
      await storageError(stale, "Conflict", "put over a version that was replaced");
      await expectUntouched(context, at, version, "after a refused replace");
      const replaced = await storage.put(at, body(), { ...options, when: { version } });
      await expectObject(storage, at, second, "after a replace");
      equal((await info(storage, at)).version, replaced.version, "version after a replace");
      const missing = storage.put(key("missing"), body(), { ...options, when: { version } });
      await storageError(missing, "Conflict", "put over a version of a key that is not there");
      await expectNothing(context, key("missing"), "after a refused replace");
    },
  },
]);

/** Puts and deletes that depend on what is there. */
export const conditions: readonly StorageCase[] = [
  ...combined,
  {
    name: "create: works again after a delete",
    needs: ["create"],
    async run({ storage, key }) {
      const at = key("object");
      for (const bytes of [first, second]) {
        await storage.put(at, bytes, { when: "absent" });
        await expectObject(storage, at, bytes, "after a create");
        await storage.delete(at);
      }
    },
  },
  {
    name: "create: an object of 0 bytes is an object",
    needs: ["create"],
    async run({ storage, key }) {
      const at = key("object");
      await storage.put(at, [], { when: "absent" });
      await storageError(storage.put(at, first, { when: "absent" }), "AlreadyExists", "create over 0 bytes");
      await expectObject(storage, at, new Uint8Array(), "after a refused create");
    },
  },
  {
    name: "create: a large body over an object is refused and leaves it",
    needs: ["create"],
    async run(context) {
      const { storage, key, largeBytes } = context;
      const at = key("object");
      const large = randomBytes(largeBytes);
      const { version } = await storage.put(at, first);
      await storageError(storage.put(at, large, { when: "absent" }), "AlreadyExists", "create of a large body");
      await expectUntouched(context, at, version, "after a refused create");
      await storage.put(key("new"), streamOf(pieces(large, 65_536)), { when: "absent", size: largeBytes });
      await expectObject(storage, key("new"), large, "after a create");
    },
  },
  {
    name: "create: objects above and below the key are not in its way",
    needs: ["create"],
    async run({ storage, key }) {
      await storage.put(key("a/b"), first, { when: "absent" });
      await storage.put(key("a/b/c"), second, { when: "absent" });
      await storage.put(key("a"), second, { when: "absent" });
      await expectObject(storage, key("a/b"), first, "between two others");
    },
  },
  {
    name: "replace: a large body over another version is refused and leaves it",
    needs: ["replace"],
    async run(context) {
      const { storage, key, largeBytes } = context;
      const at = key("object");
      const large = randomBytes(largeBytes);
      const old = await storage.put(at, second);
      const { version } = await storage.put(at, first);
      const stale = storage.put(at, large, { when: { version: old.version } });
      await storageError(stale, "Conflict", "replace by a large body");
      await expectUntouched(context, at, version, "after a refused replace");
      await storage.put(at, streamOf(pieces(large, 65_536)), { when: { version }, size: largeBytes });
      await expectObject(storage, at, large, "after a replace");
    },
  },
  {
    name: "replace: a version that never was is Conflict",
    needs: ["replace"],
    async run(context) {
      const { storage, key } = context;
      const at = key("object");
      const { version } = await storage.put(at, first);
      for (const never of ["no-such-version", "0", `${version}0`, '"quoted"', version.slice(0, -1)]) {
        if (never === "") continue;
        await storageError(
          storage.put(at, second, { when: { version: never } }),
          "Conflict",
          `put over version ${show(never)}`,
        );
        await expectUntouched(context, at, version, "after a refused replace");
      }
    },
  },
  {
    name: "replace: the version of a deleted object is Conflict, before and after it is put anew",
    needs: ["replace"],
    async run(context) {
      const { storage, key } = context;
      const at = key("object");
      const old = await storage.put(at, second);
      await storage.delete(at);
      const late = (): Promise<unknown> => storage.put(at, second, { when: { version: old.version } });
      await storageError(late(), "Conflict", "put over a deleted version");
      await expectNothing(context, at, "after a refused replace");
      const { version } = await storage.put(at, first);
      await storageError(late(), "Conflict", "put over the version of an object that was deleted and put anew");
      await expectUntouched(context, at, version, "after a refused replace");
    },
  },
  {
    name: "replace: each version that put, stat, get and list give can be replaced",
    needs: ["replace"],
    async run({ storage, key }) {
      const at = key("object");
      let { version } = await storage.put(at, first);
      const ways: readonly (() => Promise<string | undefined>)[] = [
        async () => (await storage.stat(at))?.version,
        async () => (await storage.list({ prefix: at })).objects[0]?.version,
        async () => {
          const object = await storage.get(at);
          await object?.cancel();
          return object?.info.version;
        },
      ];
      for (const [round, way] of ways.entries()) {
        version = (await storage.put(at, randomBytes(100, round), { when: { version } })).version;
        version = (await way()) ?? version;
        version = (await storage.put(at, randomBytes(100, round + 10), { when: { version } })).version;
      }
    },
  },
  {
    name: "remove: delete when { version } deletes that version, else Conflict",
    needs: ["remove"],
    async run(context) {
      const { storage, key } = context;
      const at = key("object");
      const old = await storage.put(at, second);
      const { version } = await storage.put(at, first);
      for (const other of [old.version, "no-such-version"]) {
        const stale = storage.delete(at, { when: { version: other } });
        await storageError(stale, "Conflict", `delete of version ${show(other)}`);
        await expectUntouched(context, at, version, "after a refused delete");
      }
      await storage.delete(at, { when: { version } });
      await expectNothing(context, at, "after delete");
    },
  },
  {
    name: "remove: delete when { version } of a key that is not there is Conflict",
    needs: ["remove"],
    async run({ storage, key }) {
      const at = key("object");
      const { version } = await storage.put(at, first);
      await storage.delete(at, { when: { version } });
      await storageError(storage.delete(at, { when: { version } }), "Conflict", "the second delete of one version");
      await storageError(storage.delete(key("never"), { when: { version } }), "Conflict", "delete of what never was");
    },
  },
  {
    name: "conditions: one that cannot be is Misconfigured, and touches nothing",
    async run(context) {
      const { storage, key } = context;
      const at = key("object");
      const { version } = await storage.put(at, first);
      for (const when of ["present", null, {}, { version: 5 }, true]) {
        const wrong = { when } as unknown as PutOptions;
        await storageError(storage.put(at, second, wrong), "Misconfigured", `put with when ${show(when)}`);
      }
      await expectUntouched(context, at, version, "after puts with conditions that cannot be");
      check((await storage.stat(at)) !== undefined, "the object is gone");
    },
  },
];
