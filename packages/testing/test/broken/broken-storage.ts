import { Storage, StorageError, type StorageDriver } from "@coatcheck/core";
import { type Capability, storageConformance, type StorageConformanceOptions } from "@coatcheck/testing";

/** A storage that gets one thing wrong. */
export interface BrokenStorage {
  /** What it gets wrong. */
  readonly name: string;
  readonly open: () => Storage | Promise<Storage>;
  /** The cases that must notice, those and no others; `group: *` is one or more of that group. */
  readonly fails: readonly string[];
  /** What its manifest lacks beside sign; default persistent. */
  readonly lacks?: readonly Capability[];
  /** Whether its manifest has sign. */
  readonly signs?: boolean;
  readonly timeout?: number;
}

let opened = 0;

/** Opens one place of its own with a driver of this class, again and again. */
export function withDriver(driver: new (name: string) => StorageDriver): () => Storage {
  const name = `broken-${opened++}`;
  return () => new Storage(new driver(name));
}

/** Opens one place of its own with a class of storage over a driver of this class. */
export function withStorage(
  storage: new (driver: StorageDriver) => Storage,
  driver: new (name: string) => StorageDriver,
): () => Storage {
  const name = `broken-${opened++}`;
  return () => new storage(new driver(name));
}

/** Something else may happen here. */
export async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

export function conflict(): StorageError {
  return new StorageError({ code: "Conflict", detail: "it is not the version that was read." });
}

/** Runs the kit: the names of its cases, and what those that failed threw. */
export async function runKit(
  options: Omit<StorageConformanceOptions, "test">,
): Promise<{ readonly names: string[]; readonly failed: Map<string, unknown> }> {
  const cases: { name: string; run: () => Promise<void> }[] = [];
  storageConformance({
    timeout: 10_000,
    largeBytes: 300_000,
    racers: 6,
    ...options,
    test: (name, run) => void cases.push({ name, run }),
  });
  const failed = new Map<string, unknown>();
  for (const { name, run } of cases) await run().catch((error: unknown) => failed.set(name, error));
  return { names: cases.map(({ name }) => name), failed };
}
