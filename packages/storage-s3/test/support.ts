import { afterAll, afterEach, beforeAll } from "@jest/globals";
import { Storage, StorageError, type StorageErrorCode } from "@coatcheck/core";
import { type Limits, PART_LIMITS } from "@coatcheck/core/driver";
import { s3, type S3Options } from "@coatcheck/storage-s3";
import { S3TestServer, type S3TestServerOptions } from "@coatcheck/test-servers";
import { S3Driver } from "../src/driver.ts";
import { placeOf } from "../src/place.ts";

export const KIB = 1024;
export const MIB: number = 2 ** 20;
export const bucket = "test-bucket";
export const credentials = { accessKeyId: "test-access-key", secretAccessKey: "test-secret-key" };

/** Limits with which the tests need little time: parts of 64 KiB, waits of milliseconds. */
const small: Limits = {
  ...PART_LIMITS,
  partSize: 64 * KIB,
  count: 10_000,
  maxSize: 5 * 2 ** 40,
  policy: { attempts: 8, budget: 10_000, firstDelay: 1, maxDelay: 20 },
  idleTimeout: 5000,
};

/** A server for the tests of one file, which starts each without faults, and storages that are closed after it. */
export function s3Server(options: Partial<S3TestServerOptions> = {}): {
  readonly server: S3TestServer;
  /** A storage as users have it. */
  open(options?: Partial<S3Options>): Storage;
  /** One with other limits. */
  openLimited(limits?: Partial<Limits>, options?: Partial<S3Options>): Storage;
} {
  let server: S3TestServer | undefined;
  const opened: Storage[] = [];
  beforeAll(async () => {
    server = await S3TestServer.start({ buckets: [bucket], accounts: [credentials], minPartSize: 1, ...options });
  });
  afterEach(async () => {
    server!.reset();
    server!.clockOffset = 0;
    for (const storage of opened.splice(0)) await storage.close();
  });
  afterAll(() => server!.close());
  const keep = (storage: Storage): Storage => {
    opened.push(storage);
    return storage;
  };
  return {
    get server() {
      return server!;
    },
    open: (given = {}) => keep(s3({ bucket, endpoint: server!.url, credentials, ...given })),
    openLimited: (limits = {}, given = {}) => {
      const place = placeOf({ bucket, endpoint: server!.url, ...given });
      const driver = new S3Driver(place, { credentials, ...given }, { ...small, ...limits });
      return keep(new Storage(driver, { prefix: given.prefix }));
    },
  };
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Bytes that differ with the seed. */
export function bytesOf(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed * 2654435761;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** A stream of `bytes` in pieces. */
export async function* streamOf(bytes: Uint8Array, piece = 10_000): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.byteLength; at += piece) yield bytes.subarray(at, at + piece);
}

/** The object's bytes; undefined where there is none. */
export async function read(storage: Storage, key: string): Promise<Uint8Array | undefined> {
  return await (await storage.get(key))?.bytes();
}

export const sameBytes = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
  a !== undefined && Buffer.compare(a, b) === 0;

/** The StorageError that `promise` rejects with, which must have `code`. */
export async function failure(promise: Promise<unknown>, code: StorageErrorCode): Promise<StorageError> {
  const error = await promise.then(
    (value) => new Error(`It did not fail, it gave ${JSON.stringify(value)}.`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StorageError) || error.code !== code) throw error;
  return error;
}
