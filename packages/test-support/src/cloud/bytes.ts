import { createHash } from "node:crypto";
import { expect } from "@jest/globals";
import { type Storage, StorageError, type StorageErrorCode } from "@coatcheck/core";
import type { RetryPolicy } from "@coatcheck/core/driver";

export const KIB = 1024;
export const MIB: number = 2 ** 20;

/** No attempt but the first. */
export const ONCE: RetryPolicy = { attempts: 1, budget: 1000, firstDelay: 1, maxDelay: 1 };
/** One attempt more than the first. */
export const TWICE: RetryPolicy = { attempts: 2, budget: 10_000, firstDelay: 1, maxDelay: 1 };

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Bytes that look random, are the same each time, and differ with the seed. */
export function bytesOf(length: number, seed = 1): Uint8Array {
  return new Uint8Array(createHash("shake256", { outputLength: length }).update(`${seed}`).digest());
}

/** A stream of `bytes` in pieces. */
export async function* streamOf(bytes: Uint8Array, piece = 10_000): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.byteLength; at += piece) yield bytes.subarray(at, at + piece);
}

/** A stream of `bytes` that fails after them. */
export async function* failing(bytes: Uint8Array, error: Error): AsyncGenerator<Uint8Array, void, void> {
  yield* streamOf(bytes);
  throw error;
}

/** A stream of `bytes` that gives nothing after them, and never ends. */
export async function* stalling(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield* streamOf(bytes);
  await new Promise<never>(() => {});
}

/** The object's bytes; undefined where there is none. */
export async function read(storage: Storage, key: string): Promise<Uint8Array | undefined> {
  return await (await storage.get(key))?.bytes();
}

/** Like `toEqual`, which takes a second for a few megabytes. */
export function expectBytes(actual: Uint8Array | undefined, expected: Uint8Array): void {
  if (actual !== undefined && Buffer.compare(actual, expected) === 0) return;
  const differs = actual?.findIndex((byte, at) => byte !== expected[at]);
  throw new Error(
    actual === undefined
      ? `There are no bytes, where ${expected.byteLength} were expected.`
      : `These ${actual.byteLength} bytes are not the ${expected.byteLength} that were expected: the first to differ is ${differs === -1 ? "after their end" : `at ${differs}`}.`,
  );
}

/** The StorageError that `promise` rejects with, which must have `code`. */
export async function failure(promise: Promise<unknown>, code: StorageErrorCode): Promise<StorageError> {
  const error = await promise.then(
    (value) => new Error(`It did not fail, it gave ${JSON.stringify(value)}.`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StorageError)) throw error;
  expect([error.code, error.message]).toEqual([code, error.message]);
  return error;
}
