import { ResultError } from "../errors.ts";
import { openStorage } from "../registry/open.ts";
import { isUrl } from "../registry/slug.ts";
import { registry } from "../registry/state.ts";
import { parseStorageUrl } from "../registry/url.ts";
import type { Storage } from "../storage/storage.ts";
import { quote } from "../text.ts";

/**
 * The storage that a reference names: one of `given`, or a block that the reader has defined, in code, in the environment
 * or in a file. A reference may come from a stranger, so nothing else is ever opened for it: no URL, no package, no path.
 * `UnknownStorage` says how to allow it.
 */
export async function findStorage(name: string, given: readonly (string | Storage)[]): Promise<Storage> {
  const byName = given.find((each) => each === name) ?? ((await isBlock(name)) ? name : undefined);
  if (byName !== undefined) return await openStorage(byName);
  const failures: unknown[] = [];
  if (isUrl(name)) {
    for (const candidate of candidates(name, [...given, ...(await import("../settings/blocks.ts")).allSlugs()])) {
      try {
        const storage = await openStorage(candidate);
        if (storage.url === name) return storage;
      } catch (error) {
        failures.push(error);
      }
    }
  }
  const advice = isUrl(name)
    ? `Give it to the store (storages: [${quote(name, 200)}]) if you trust it, or define a block for it.`
    : `Give it to the store (storages: [...]), or define a block of that name.`;
  throw new ResultError(
    "UnknownStorage",
    `The reference points at storage ${quote(name, 200)}, which this reader does not know. ${advice}`,
    { storage: name, ...(failures.length > 0 ? { cause: failures[0] } : {}) },
  );
}

async function isBlock(name: string): Promise<boolean> {
  if (isUrl(name) || registry.blocks.has(name)) return !isUrl(name);
  return (await import("../settings/blocks.ts")).isDefined(name);
}

// Opening sends no request, but it may load a package: only what could be the place is opened.
function* candidates(url: string, known: readonly (string | Storage)[]): Generator<string | Storage> {
  let type: string;
  try {
    ({ type } = parseStorageUrl(url));
  } catch {
    return;
  }
  const typeOf = (each: string | Storage): string => {
    if (typeof each !== "string") return each.type;
    return isUrl(each) ? parseStorageUrl(each).type : each.slice(0, each.indexOf("/"));
  };
  for (const each of known) if (typeOf(each) === type) yield each;
}
