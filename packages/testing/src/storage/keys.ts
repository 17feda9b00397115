import { compareKeys } from "@coatcheck/core";
import { check, equal, equalBytes, equalLists, show } from "../assert.ts";
import { randomBytes } from "../random.ts";
import type { CaseContext, StorageCase } from "./case.ts";
import { expectListed, expectNothing, expectObject, listAll, read, storageError } from "./objects.ts";

const MAX_BYTES = 1024;
const MAX_SEGMENTS = 250;

/** Keys that some backend, file system or URL would like to change: each must be kept as it is, and told apart. */
const awkward: Readonly<Record<string, readonly string[]>> = {
  "spaces, also at the ends": ["a b", " a", "a ", "  ", "a  b", "a / b", "\u00a0", "a\u00a0b"],
  "percent signs": ["100%", "%", "%%", "%41", "A", "%2F", "%2f", "%2e%2e/a", "a%00b", "%zz", "%25", "a%20b"],
  "plus, ?, #, & and other signs of URLs": [
    "a+b",
    "a?b",
    "a#b",
    "a&b=c",
    "a;b",
    "a@b",
    "a:b",
    "http://a".replace("//", "/"),
    "?",
    "#",
  ],
  "quotes, brackets and signs of shells": [
    "'",
    '"',
    "`",
    "<a>",
    "{a}",
    "[a]",
    "(a)",
    "$HOME",
    "~",
    "*",
    "!",
    "|",
    "^",
    "-rf",
    "a,b",
    "a=b",
  ],
  "emoji and other planes": [
    "\u{1f600}",
    "\u{1f468}\u200d\u{1f469}",
    "\u{10ffff}",
    "\u{20000}",
    "\u2764\ufe0f",
    "\u2764",
  ],
  "names that differ in case only": ["readme", "README", "Readme", "straße", "STRASSE", "I", "i", "ı", "İ"],
  "names that differ in normal form only": [
    "\u00e9",
    "e\u0301",
    "\uac00",
    "\u1100\u1161",
    "\u212b",
    "\u00c5",
    "A\u030a",
    "ﬁ",
    "fi",
  ],
  "names that Windows reserves": ["CON", "con.txt", "NUL", "aux/a", "COM1", "LPT9.log", "a:b", "a|b", "a<b", "PRN"],
  "names that begin with a dot": [".hidden", "..hidden", "...x", ".a/.b", ".git/config", "..%2f", ".DS_Store"],
  "names of JavaScript objects": ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype/x", "length"],
  "invisible and direction-changing characters": [
    "\ufeff",
    "\u200b",
    "a\u202eb",
    "\u2028",
    "\u00ad",
    "\ufffe",
    "\uffff",
    "\ufffd",
  ],
  "names like those of temporary files and of folders": [
    "a.tmp",
    "a~",
    ".a.swp",
    "a.lock",
    "a.part",
    "index.html",
    "a.json/b",
    "a.json",
  ],
  "an object beside objects below it": ["a", "a/b", "a/b/c", "a/b/c/d"],
  "numbers and dates": ["0", "00", "1", "01", "1e3", "2026-11-20T10:00:00.000Z", "-0"],
};

function keepsApart(name: string, names: readonly string[]): StorageCase {
  return {
    name: `keys: ${name} are kept as they are and told apart`,
    async run(context) {
      const { storage, key } = context;
      const bytes = (index: number): Uint8Array => randomBytes(50 + index, index + 1);
      for (const [index, each] of names.entries()) {
        const put = await storage.put(key(each), bytes(index));
        equal(put.key, key(each), "key that put gave");
      }
      for (const [index, each] of names.entries()) {
        await expectObject(storage, key(each), bytes(index), "beside those that are like it");
        const [listed] = await listAll(storage, { prefix: key(each), limit: 1 });
        equal(listed?.key, key(each), `first key listed with the prefix ${show(key(each))}`);
      }
      const expected = names.map((each) => key(each)).toSorted(compareKeys);
      const listed = await listAll(storage, { prefix: context.prefix });
      equalLists(
        listed.map((object) => object.key),
        expected,
        "keys listed",
      );
      for (const [index, each] of names.entries()) {
        await storage.delete(key(each));
        await expectNothing(context, key(each), "after delete");
        const rest = names.slice(index + 1);
        await expectListed(
          context,
          rest.map((other) => key(other)),
          `after ${show(each)} was deleted`,
        );
      }
    },
  };
}

/** The largest `size` for which the storage takes `make(size)` as a key; its own prefix counts, so it is found by trying. */
async function largest(context: CaseContext, make: (size: number) => string, limit: number): Promise<number> {
  const accepted = async (size: number): Promise<boolean> => {
    try {
      await context.storage.stat(make(size));
      return true;
    } catch {
      return false;
    }
  };
  let [low, high] = [1, limit + 1];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (await accepted(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function atTheLimit(
  name: string,
  what: string,
  limit: number,
  make: (prefix: string, size: number) => string,
): StorageCase {
  return {
    name: `keys: ${name}`,
    async run(context) {
      const { storage, prefix, key } = context;
      const at = (size: number): string => make(prefix, size);
      const size = await largest(context, at, limit);
      // A storage's own prefix takes its part; more than half of the limit must be left for this to prove anything.
      check(size > limit / 2, `keys of at most ${size} ${what} are accepted, where ${limit} less its prefix should be`);
      const longest = key(at(size).slice(prefix.length));
      const bytes = randomBytes(100, 5);
      await storage.put(longest, bytes);
      await expectObject(storage, longest, bytes, `with ${size} ${what}`);
      await expectListed(context, [longest], `with ${size} ${what}`);
      await storageError(storage.put(at(limit + 1), bytes), "InvalidKey", `put with ${limit + 1} ${what}`);
      await storage.delete(longest);
      await expectListed(context, [], "after delete");
    },
  };
}

const filler = (prefix: string, bytes: number, unit: string, width: number): string => {
  const room = Math.max(0, bytes - prefix.length);
  return prefix + unit.repeat(Math.floor(room / width)) + "x".repeat(room % width);
};

/** Texts that are no keys, each beside why. `here` begins where the case's own keys begin. */
function invalidKeys(here: string): readonly (readonly [string, unknown])[] {
  return [
    ["empty", ""],
    ["a leading /", "/a"],
    ["a trailing /", `${here}a/`],
    ["an empty segment", `${here}a//b`],
    ["a segment .", `${here}./a`],
    ["a segment ..", `${here}../a`],
    ["a last segment .", `${here}a/.`],
    ["a last segment ..", `${here}a/..`],
    ["only .", "."],
    ["only ..", ".."],
    ["a way out", "../a"],
    ["a segment that ends in a dot", `${here}a.`],
    ["an inner segment that ends in a dot", `${here}a./b`],
    ["a segment of dots", `${here}.../b`],
    ["a backslash", `${here}a\\b`],
    ["a way out by backslash", `${here}..\\a`],
    ["a NUL", `${here}a\0b`],
    ["a newline", `${here}a\nb`],
    ["a tab", `${here}a\tb`],
    ["a DEL", `${here}a\x7fb`],
    ["a C1 control character", `${here}a\x85b`],
    ["a lone high surrogate", `${here}a\ud800`],
    ["a lone low surrogate", `${here}\udc00a`],
    ["surrogates the wrong way round", `${here}\ude00\ud83d`],
    [`more than ${MAX_BYTES} bytes`, filler(here, MAX_BYTES + 1, "x", 1)],
    [`more than ${MAX_BYTES} bytes in fewer characters`, filler(here, MAX_BYTES + 2, "é", 2)],
    [`more than ${MAX_SEGMENTS} segments`, here + Array.from({ length: MAX_SEGMENTS }, () => "x").join("/")],
    ["undefined", undefined],
    ["null", null],
    ["a number", 5],
    ["an object", { toString: () => "a" }],
  ];
}

/** Which keys there are: refused or kept, never rewritten. */
export const keys: readonly StorageCase[] = [
  ...Object.entries(awkward).map(([name, names]) => keepsApart(name, names)),
  atTheLimit(`${MAX_BYTES} bytes`, "bytes", MAX_BYTES, (prefix, size) => filler(prefix, size, "x", 1)),
  atTheLimit(`${MAX_BYTES} bytes of emoji`, "bytes", MAX_BYTES, (prefix, size) => filler(prefix, size, "\u{1f600}", 4)),
  atTheLimit(`${MAX_BYTES} bytes of percent signs`, "bytes", MAX_BYTES, (prefix, size) => filler(prefix, size, "%", 1)),
  atTheLimit(
    `${MAX_SEGMENTS} segments`,
    "segments",
    MAX_SEGMENTS,
    (prefix, size) => prefix + Array.from({ length: Math.max(1, size - 1) }, () => "x").join("/"),
  ),
  {
    name: "keys: long ones that differ at the end only are told apart",
    async run(context) {
      const { storage, prefix, key } = context;
      const size = await largest(context, (bytes) => filler(prefix, bytes, "x", 1), MAX_BYTES);
      const stem = filler(prefix, size - 1, "x", 1).slice(prefix.length);
      for (const end of ["x", "y", "X"]) await storage.put(key(stem + end), new TextEncoder().encode(end));
      for (const end of ["x", "y", "X"]) {
        equalBytes(
          await read(storage, key(stem + end)),
          new TextEncoder().encode(end),
          `bytes of the key ending in ${end}`,
        );
      }
    },
  },
  {
    name: "keys: one that cannot be is InvalidKey, for every operation, before anything is done",
    async run(context) {
      const { storage, key, prefix } = context;
      await storage.put(key("a"), randomBytes(10));
      for (const [why, invalid] of invalidKeys(prefix)) {
        const wrong = invalid as string;
        let asked = false;
        async function* body(): AsyncGenerator<Uint8Array, void, void> {
          asked = true;
          yield randomBytes(10);
        }
        const what = `(${why})`;
        await storageError(storage.put(wrong, body(), { size: 10 }), "InvalidKey", `put ${what}`);
        check(!asked, `put ${what}: the body was read`);
        await storageError(storage.get(wrong), "InvalidKey", `get ${what}`);
        await storageError(storage.stat(wrong), "InvalidKey", `stat ${what}`);
        await storageError(storage.delete(wrong), "InvalidKey", `delete ${what}`);
        await storageError(storage.deleteMany([key("a"), wrong]), "InvalidKey", `deleteMany ${what}`);
      }
      await expectListed(context, [key("a")], "after operations on keys that cannot be");
    },
  },
  {
    name: "keys: a prefix that no key can begin with is InvalidKey for list",
    async run({ storage, prefix }) {
      for (const wrong of ["/", "/a", `${prefix}a\\`, `${prefix}\0`, `${prefix}\n`, `${prefix}\ud800`]) {
        await storageError(storage.list({ prefix: wrong }), "InvalidKey", `list with the prefix ${show(wrong)}`);
      }
    },
  },
];
