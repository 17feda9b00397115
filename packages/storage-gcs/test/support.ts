import { generateKeyPairSync } from "node:crypto";
import { afterAll, afterEach, beforeAll } from "@jest/globals";
import { Storage, StorageError, type StorageErrorCode } from "@coatcheck/core";
import { PART_LIMITS } from "@coatcheck/core/driver";
import { gcs, type GcsCredentials, type GcsOptions } from "@coatcheck/storage-gcs";
import { type GcsAccount, GcsTestServer, type GcsTestServerOptions } from "@coatcheck/test-servers";
import { GcsDriver } from "../src/driver.ts";
import { placeOf } from "../src/place.ts";
import type { GcsLimits } from "../src/requests.ts";

export const KIB = 1024;
export const MIB: number = 2 ** 20;
export const bucket = "test-bucket";

/** A key of its own for whoever signs. */
export function privateKey(): string {
  const { privateKey: key } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return key;
}

export const account: GcsAccount = { email: "tester@project.iam.gserviceaccount.com", privateKey: privateKey() };

/**
 * The credentials file of a service account. In a universe that is not Google's public one, the SDK signs the token itself:
 * else it would ask for it at an address that cannot be changed.
 */
export function keyFileOf({ email, privateKey: key }: GcsAccount): GcsCredentials {
  return { type: "service_account", client_email: email, private_key: key!, universe_domain: "universe.invalid" };
}

export const credentials: GcsCredentials = keyFileOf(account);

/** Limits with which the tests need little time: chunks of 64 KiB, waits of milliseconds. */
const small: GcsLimits = {
  ...PART_LIMITS,
  partSize: 64 * KIB,
  growAfter: 128,
  count: Infinity,
  maxSize: 5 * 2 ** 40,
  policy: { attempts: 8, budget: 10_000, firstDelay: 1, maxDelay: 20 },
  idleTimeout: 5000,
};

/** A server for the tests of one file, which starts each without faults, and storages that are closed after it. */
export function gcsServer(options: Partial<GcsTestServerOptions> = {}): {
  readonly server: GcsTestServer;
  /** A storage as users have it. */
  open(options?: Partial<GcsOptions>): Storage;
  /** One with other limits. */
  openLimited(
    limits?: Partial<GcsLimits>,
    options?: Partial<Omit<GcsOptions, "credentials">> & { readonly credentials?: GcsCredentials },
  ): Storage;
} {
  let server: GcsTestServer | undefined;
  const opened: Storage[] = [];
  beforeAll(async () => {
    server = await GcsTestServer.start({ buckets: [bucket], accounts: [account], chunkMultiple: 1, ...options });
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
    open: (given = {}) => keep(gcs({ bucket, endpoint: server!.url, credentials, ...given })),
    openLimited: (limits = {}, given = {}) => {
      const place = placeOf({ bucket, endpoint: server!.url, ...given });
      const driver = new GcsDriver(place, { credentials, ...given }, { ...small, ...limits });
      return keep(new Storage(driver, { prefix: given.prefix }));
    },
  };
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Bytes that differ with the seed. */
export function bytesOf(length: number, seed = 1): Uint8Array {
  // A global costs much in the test runner.
  const { imul } = Math;
  const bytes = new Uint8Array(length);
  let state = seed * 2654435761;
  for (let at = 0; at < length; at++) {
    state = (imul(state, 1664525) + 1013904223) >>> 0;
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
