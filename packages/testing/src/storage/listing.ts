import { compareKeys, type ObjectInfo } from "@coatcheck/core";
import { check, equal, equalLists, show } from "../assert.ts";
import { randomBytes } from "../random.ts";
import type { CaseContext, StorageCase } from "./case.ts";
import { expectListed, info, listAll, pagesOf, storageError } from "./objects.ts";

const small = randomBytes(3);

/** Puts a small object under each name; gives the keys in the order a listing has. */
async function fill({ storage, key }: CaseContext, names: readonly string[]): Promise<string[]> {
  const keys = names.map((name) => key(name));
  for (let at = 0; at < keys.length; at += 16) {
    await Promise.all(keys.slice(at, at + 16).map((each) => storage.put(each, small)));
  }
  return keys.toSorted(compareKeys);
}

async function listedKeys(context: CaseContext, prefix = "", limit?: number): Promise<string[]> {
  const options = { prefix: context.prefix + prefix, ...(limit === undefined ? {} : { limit }) };
  return (await listAll(context.storage, options)).map(({ key }) => key);
}

/** Names around `/` (which is above `-` and `.` but below `0`), and where UTF-8 order is not JavaScript's. */
const ordered = [
  ..."a/b,a-b,a.b,a b,a0,a,a/b/c,a/b-c,a!,A,Z,b,B/a,aa,aa/a,0,9,10,_,~".split(","),
  ..."é,e\u0301,z,\u{1f600},\u{1f600}/x,\u{10ffff},\ue000,\uf8ff,\ufb01,\uff21,\ud7ff,漢,я".split(","),
];

/** What list gives, page by page. */
export const listing: readonly StorageCase[] = [
  {
    name: "list: no match is an empty page",
    async run({ storage, key, prefix }) {
      await storage.put(key("object"), small);
      for (const none of [`${prefix}never`, `${prefix}object/`, `${prefix}objects`, `${prefix}Object`]) {
        const objects = await listAll(storage, { prefix: none });
        equal(objects.length, 0, `objects listed with the prefix ${show(none)}`);
      }
    },
  },
  {
    name: "list: in the order of the keys' UTF-8 bytes, beyond U+FFFF too",
    async run(context) {
      const keys = await fill(context, ordered);
      equalLists(await listedKeys(context), keys, "keys listed");
    },
  },
  {
    name: "list: in the same order page by page, with every limit; no page above it",
    async run(context) {
      const keys = await fill(context, ordered);
      for (const limit of [1, 2, 3, 7, keys.length - 1, keys.length, keys.length + 1, 1000]) {
        equalLists(await listedKeys(context, "", limit), keys, `keys listed in pages of ${limit}`);
      }
    },
  },
  {
    name: "list: the same cursor gives the same rest again",
    async run(context) {
      const { storage, prefix } = context;
      const keys = await fill(context, ["a", "a/b", "b", "c/d", "c/e", "f"]);
      let seen = 0;
      for await (const { objects, cursor } of pagesOf(storage, { prefix, limit: 2 })) {
        seen += objects.length;
        for (const limit of cursor === undefined ? [] : [1, 1000]) {
          const rest = (await listAll(storage, { prefix, limit, cursor })).map(({ key }) => key);
          equalLists(rest, keys.slice(seen), `keys listed from the cursor after ${seen} objects`);
        }
      }
      equal(seen, keys.length, "objects listed");
    },
  },
  {
    name: "list: a prefix is any text, not only whole segments, and nothing in it is a pattern",
    async run(context) {
      const names = [
        ..."run/1,run/10,run/2,run-1,runner,ru,x/run/1,a%b/c,axb/c,a_b/c,a*b,a[b],a?b,a+b,a b,a.b".split(","),
        ..."été/1,ete/1,\u{1f600}/1,\u{1f601}/1,Run/1".split(","),
      ];
      const keys = await fill(context, names);
      const prefixes = [
        ..."r,ru,run,run/,run/1,run/10,run/100,run-,x,a,a%,a_,a*,a[,a?,a+,a ,a.,été,ét,\u{1f600},R".split(","),
        ...names,
      ];
      for (const prefix of prefixes) {
        const expected = keys.filter((key) => key.startsWith(context.prefix + prefix));
        for (const limit of [1, 1000]) {
          equalLists(await listedKeys(context, prefix, limit), expected, `keys listed with the prefix ${show(prefix)}`);
        }
      }
    },
  },
  {
    name: "list: a prefix can end inside a segment, at a / and deep in the tree",
    async run(context) {
      const keys = await fill(context, ["a", "a/b", "a/b/c", "a/b/cd", "a/b/c/d", "a/bc", "ab"]);
      for (const prefix of ["a", "a/", "a/b", "a/b/", "a/b/c", "a/b/c/", "a/b/c/d", "ab", "a/bc"]) {
        const expected = keys.filter((key) => key.startsWith(context.prefix + prefix));
        equalLists(await listedKeys(context, prefix), expected, `keys listed with the prefix ${show(prefix)}`);
      }
    },
  },
  {
    name: "list: an object above others is listed beside them",
    async run(context) {
      await fill(context, ["a", "a/b", "a/b/c"]);
      await context.storage.delete(context.key("a/b"));
      await expectListed(context, [context.key("a"), context.key("a/b/c")], "after the middle one was deleted");
    },
  },
  {
    name: "list: size, version and modifiedAt are those of stat",
    async run(context) {
      const { storage, key, prefix } = context;
      for (const [index, name] of ["a", "a/b", "c", "d"].entries()) {
        await storage.put(key(name), randomBytes(index * 100, index + 1));
      }
      await storage.put(key("c"), randomBytes(77));
      // A listing may carry whole seconds where stat carries more.
      const second = ({ modifiedAt }: ObjectInfo): number => Math.floor(modifiedAt.getTime() / 1000);
      for (const listed of await listAll(storage, { prefix })) {
        const there = await info(storage, listed.key);
        equal(listed.size, there.size, `size of ${show(listed.key)} in the listing, compared with stat`);
        equal(listed.version, there.version, `version of ${show(listed.key)} in the listing, compared with stat`);
        equal(second(listed), second(there), `modifiedAt of ${show(listed.key)} in the listing, compared with stat`);
      }
    },
  },
  {
    name: "list: keys put and deleted between pages: what stayed is listed once, in order",
    async run(context) {
      const { storage, key, prefix } = context;
      const names = Array.from({ length: 30 }, (_, index) => `k${String(index).padStart(2, "0")}`);
      const stay = new Set(await fill(context, names));
      const listed: string[] = [];
      let round = 0;
      for await (const page of pagesOf(storage, { prefix, limit: 3 })) {
        listed.push(...page.objects.map((object) => object.key));
        if (page.cursor === undefined) break;
        // The last one seen goes, the next one goes, and new ones come right before and right after it.
        const last = listed.at(-1) ?? prefix;
        const next = [...stay].find((each) => compareKeys(each, last) > 0);
        for (const gone of [last, ...(round % 3 === 0 && next !== undefined ? [next] : [])]) {
          stay.delete(gone);
          await storage.delete(gone);
        }
        await storage.put(key(`${last.slice(prefix.length)}-after`), small);
        await storage.put(key(`a${round++}`), small);
        check(round < 100, "the walk over 30 objects did not end after 100 pages of 3");
      }
      equalLists(listed, listed.toSorted(compareKeys), "keys listed, in order");
      equal(new Set(listed).size, listed.length, "keys listed, each once");
      for (const each of stay) check(listed.includes(each), `${show(each)} was there all the time and was not listed`);
    },
  },
  {
    name: "list: deleting what each page shows empties the place",
    async run(context) {
      const { storage, prefix } = context;
      await fill(
        context,
        Array.from({ length: 25 }, (_, index) => `run/${index % 5}/${index}`),
      );
      for await (const { objects } of pagesOf(storage, { prefix, limit: 4 })) {
        await storage.deleteMany(objects.map(({ key }) => key));
      }
      await expectListed(context, [], "after all pages were deleted");
    },
  },
  {
    name: "list: more objects than fit on a page; deleteMany deletes them all",
    async run(context) {
      const { storage, prefix, manyObjects } = context;
      const keys = await fill(
        context,
        Array.from({ length: manyObjects }, (_, index) => `${index % 7}/${index}`),
      );
      const first = await storage.list({ prefix });
      check(
        first.objects.length <= 1000,
        `a page without limit holds ${first.objects.length} objects, at most 1000 fit`,
      );
      equalLists(await listedKeys(context), keys, "keys listed");
      await storage.deleteMany(keys);
      await expectListed(context, [], "after deleteMany");
    },
  },
  {
    name: "list: a limit that cannot be is Misconfigured",
    async run({ storage, prefix }) {
      for (const limit of [0, -1, 1.5, NaN, 1001, Infinity]) {
        await storageError(storage.list({ prefix, limit }), "Misconfigured", `list with limit ${limit}`);
      }
    },
  },
];
