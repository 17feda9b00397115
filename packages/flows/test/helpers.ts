import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "@jest/globals";
import { memory, type Storage } from "@coatcheck/core";
import { onRunEvent, type RunEvent } from "@coatcheck/flows";

/** The keys in a storage, those of the project's own too. */
export async function keysOf(storage: Storage): Promise<readonly string[]> {
  return (await storage.list()).objects.map(({ key }) => key);
}

/** A new empty storage. */
export function newStorage(): Storage {
  return memory();
}

/** A folder that is removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-flows-"));
  cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The environment variable has this value until the test is over. */
export function setEnvironment(name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  cleanUp.push(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

/** The events from now on until the test is over. */
export function recordEvents(): readonly RunEvent[] {
  const events: RunEvent[] = [];
  cleanUp.push(onRunEvent((event) => void events.push(event)));
  return events;
}

/** A promise with its ends outside. */
export function deferred<T = void>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((...ends) => ([resolve, reject] = ends));
  return { promise, resolve, reject };
}

/** Done when the test is over. */
export function afterwards(clean: () => unknown): void {
  cleanUp.push(clean);
}

const cleanUp: (() => unknown)[] = [];
// Whoever runs the tests may have settings of their own.
beforeEach(() => setEnvironment("COATCHECK_HOME", join(tmpdir(), "coatcheck-flows-no-home")));
afterEach(async () => {
  for (const clean of cleanUp.splice(0).toReversed()) await clean();
});
