import { type Storage, StorageError } from "@coatcheck/core";
import { check, equal, rejection, show } from "../assert.ts";
import { randomBytes } from "../random.ts";
import type { CaseContext, StorageCase } from "./case.ts";
import { storageError } from "./objects.ts";

/** Fails unless the error says where it happened, for programs and for people. */
function expectLocated(error: StorageError, storage: Storage, operation: string, key: string): void {
  const what = `the error of ${operation}`;
  equal(error.name, "StorageError", `name of ${what}`);
  equal(error.operation, operation, `operation of ${what}`);
  equal(error.storage, storage.url, `storage of ${what}, which is its URL`);
  equal(error.key, key, `key of ${what}, which is the caller's`);
  equal(error.retryable, false, `retryable of ${what} ${error.code}`);
  equal(error.ambiguous, false, `ambiguous of ${what} ${error.code}`);
  check(error.detail.trim() !== "", `detail of ${what} is empty`);
  check(error.message.includes(error.detail), `message of ${what} lacks its detail: ${show(error.message)}`);
  check(error.message.includes(storage.url), `message of ${what} does not name the storage: ${show(error.message)}`);
}

async function located(
  { storage }: CaseContext,
  operation: string,
  key: string,
  code: string,
  promise: Promise<unknown>,
): Promise<void> {
  expectLocated(await storageError(promise, code, operation), storage, operation, key);
}

/** What errors say. */
export const errors: readonly StorageCase[] = [
  {
    name: "errors: AlreadyExists says operation, storage and key",
    needs: ["create"],
    async run(context) {
      const { storage, key } = context;
      const at = key("a b/ü");
      await storage.put(at, randomBytes(1));
      await located(context, "put", at, "AlreadyExists", storage.put(at, [], { when: "absent" }));
    },
  },
  {
    name: "errors: Conflict of a put says operation, storage and key",
    needs: ["replace"],
    async run(context) {
      const { storage, key } = context;
      const at = key("object");
      const { version } = await storage.put(at, randomBytes(1));
      await storage.put(at, randomBytes(2));
      await located(context, "put", at, "Conflict", storage.put(at, [], { when: { version } }));
    },
  },
  {
    name: "errors: Conflict of a delete says operation, storage and key",
    needs: ["remove"],
    async run(context) {
      const { storage, key } = context;
      const at = key("object");
      const { version } = await storage.put(at, randomBytes(1));
      await storage.put(at, randomBytes(2));
      await located(context, "delete", at, "Conflict", storage.delete(at, { when: { version } }));
    },
  },
  {
    name: "errors: InvalidKey and Misconfigured say operation, storage and key",
    async run(context) {
      const { storage, key, prefix } = context;
      const wrong = `${prefix}../a`;
      await located(context, "put", wrong, "InvalidKey", storage.put(wrong, []));
      await located(context, "get", wrong, "InvalidKey", storage.get(wrong));
      await located(context, "stat", wrong, "InvalidKey", storage.stat(wrong));
      await located(context, "delete", wrong, "InvalidKey", storage.delete(wrong));
      const size = storage.put(key("a"), randomBytes(2), { size: -1 });
      await located(context, "put", key("a"), "Misconfigured", size);
    },
  },
  {
    name: "errors: an error of another storage whose stream is the body passes untouched",
    async run({ storage, key }) {
      const own = new StorageError({ code: "Unavailable", detail: "away", storage: "other:place", operation: "get" });
      async function* body(): AsyncGenerator<Uint8Array, void, void> {
        yield randomBytes(10);
        throw own;
      }
      const error = await rejection(storage.put(key("object"), body(), { size: 20 }), "put of a body that throws");
      check(error === own, `expected the body's own error, got ${show(error)}`);
    },
  },
];
