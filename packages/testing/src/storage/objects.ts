import {
  type GetOptions,
  type ListOptions,
  type ListPage,
  type ObjectInfo,
  type Storage,
  StorageError,
} from "@coatcheck/core";
import { check, equal, equalBytes, fail, rejection, show } from "../assert.ts";
import { join } from "../chunks.ts";
import type { CaseContext } from "./case.ts";

/** Chunks as a web stream. */
export function streamOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  const rest = chunks.values();
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const { done, value } = rest.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
}

/** All that a stream gives. */
export async function drain(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return await readRest(stream.getReader());
}

/** All that a stream still gives. */
export async function readRest(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return join(chunks);
    check(Object.prototype.toString.call(value) === "[object Uint8Array]", `a stream gave ${show(value)}, not bytes`);
    chunks.push(value);
  }
}

/** The object's bytes; fails where there is none. */
export async function read(storage: Storage, key: string, options?: GetOptions): Promise<Uint8Array> {
  const object = await storage.get(key, options);
  if (object === undefined) fail(`get(${show(key)}): expected an object, there is none`);
  return await object.bytes();
}

/** What stat says; fails where there is no object. */
export async function info(storage: Storage, key: string): Promise<ObjectInfo> {
  return (await storage.stat(key)) ?? fail(`stat(${show(key)}): expected an object, there is none`);
}

/** Fails unless the object is there, whole, with exactly these bytes, by stat, get and list. */
export async function expectObject(storage: Storage, key: string, bytes: Uint8Array, when: string): Promise<void> {
  equal((await info(storage, key)).size, bytes.byteLength, `size of ${show(key)} by stat ${when}`);
  equalBytes(await read(storage, key), bytes, `bytes of ${show(key)} ${when}`);
}

/** Fails unless there is no such object, by get, stat and list. */
export async function expectNothing(context: CaseContext, key: string, when: string): Promise<void> {
  const { storage } = context;
  const there = await storage.stat(key);
  check(there === undefined, `stat(${show(key)}) ${when}: expected undefined, got ${show(there)}`);
  const object = await storage.get(key);
  await object?.cancel();
  check(object === undefined, `get(${show(key)}) ${when}: expected undefined, got ${show(object?.info)}`);
  const listed = (await listAll(storage, { prefix: key })).find((each) => each.key === key);
  check(listed === undefined, `list ${when}: expected no ${show(key)}, it is listed`);
}

/** Fails unless exactly these keys are listed under the case's prefix. */
export async function expectListed(context: CaseContext, keys: readonly string[], when: string): Promise<void> {
  const listed = (await listAll(context.storage, { prefix: context.prefix })).map(({ key }) => key);
  const expected = new Set(keys);
  const more = listed.filter((key) => !expected.has(key));
  check(more.length === 0, `list ${when}: nothing put ${show(more[0])}, yet it is listed`);
  for (const key of keys) check(listed.includes(key), `list ${when}: expected ${show(key)}, it is not listed`);
  equal(listed.length, keys.length, `objects listed ${when}`);
}

/** Walks all pages. Fails where a page breaks the limit, or the walk does not end. */
export async function* pagesOf(storage: Storage, options: ListOptions): AsyncGenerator<ListPage, void, void> {
  const { limit = 1000 } = options;
  const cursors = new Set<string>();
  let { cursor } = options;
  for (;;) {
    const page = await storage.list({ ...options, cursor });
    check(page.objects.length <= limit, `a page with limit ${limit} holds ${page.objects.length} objects`);
    yield page;
    cursor = page.cursor;
    if (cursor === undefined) return;
    check(!cursors.has(cursor), `list gave the cursor ${show(cursor)} twice: the walk would never end`);
    cursors.add(cursor);
  }
}

/** All that is listed, page by page. */
export async function listAll(storage: Storage, options: ListOptions = {}): Promise<ObjectInfo[]> {
  const objects: ObjectInfo[] = [];
  for await (const page of pagesOf(storage, options)) objects.push(...page.objects);
  return objects;
}

/** The StorageError that `promise` rejects with; fails unless its code is `code`. */
export async function storageError(promise: Promise<unknown>, code: string, what: string): Promise<StorageError> {
  const error = await rejection(promise, what);
  check(error instanceof StorageError, `${what}: expected a StorageError ${code}, got ${show(error)}`);
  equal(error.code, code, `${what}: code of ${show(error)}`);
  return error;
}
