import { afterAll, afterEach, beforeAll } from "@jest/globals";
import { ContainerClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { Storage, StorageError, type StorageErrorCode } from "@coatcheck/core";
import { type Limits, PART_LIMITS } from "@coatcheck/core/driver";
import { azure, type AzureOptions } from "@coatcheck/storage-azure";
import { AzureTestServer } from "@coatcheck/test-servers";
import { AzureDriver } from "../src/driver.ts";
import { resolveOptions } from "../src/plugin.ts";

export const KIB = 1024;
export const MIB: number = 2 ** 20;
export const container = "test-container";

/** Limits with which the tests need little time: parts of 64 KiB, waits of milliseconds. */
const small: Limits = {
  ...PART_LIMITS,
  partSize: 64 * KIB,
  count: 50_000,
  maxSize: 5 * 2 ** 40,
  policy: { attempts: 8, budget: 60_000, firstDelay: 1, maxDelay: 20 },
  idleTimeout: 60_000,
};

/** A server for the tests of one file, which starts each without faults, and storages that are closed after it. */
export function azureServer(): {
  readonly server: AzureTestServer;
  /** The SDK's own client of the container, which sends nothing twice. */
  readonly client: ContainerClient;
  /** A storage as users have it. */
  open(options?: Partial<AzureOptions>): Storage;
  /** One with other limits. */
  openLimited(limits?: Partial<Limits>, options?: Partial<AzureOptions>): Storage;
} {
  let server: AzureTestServer | undefined;
  let client: ContainerClient | undefined;
  const opened: Storage[] = [];
  beforeAll(async () => {
    server = await AzureTestServer.start({ containers: [container] });
    client = clientOf(server, 1);
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
  const defaults = (): AzureOptions => ({ container, endpoint: server!.endpoint, accountKey: server!.account.key });
  return {
    get server() {
      return server!;
    },
    get client() {
      return client!;
    },
    open: (given = {}) => keep(azure({ ...defaults(), ...given })),
    openLimited: (limits = {}, given = {}) => {
      const { place, settings } = resolveOptions({ ...defaults(), ...given });
      return keep(new Storage(new AzureDriver(place, settings, { ...small, ...limits }), { prefix: given.prefix }));
    },
  };
}

/** A client of the SDK for the container, that sends each request as often as told. */
export function clientOf(server: AzureTestServer, maxTries: number): ContainerClient {
  const credential = new StorageSharedKeyCredential(server.account.name, server.account.key);
  const retryOptions = { maxTries, retryDelayInMs: 1, maxRetryDelayInMs: 5 };
  return new ContainerClient(`${server.endpoint}/${container}`, credential, { retryOptions });
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
