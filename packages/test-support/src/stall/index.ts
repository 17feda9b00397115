import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

type SyncCall =
  "readFileSync" | "readlinkSync" | "lstatSync" | "linkSync" | "symlinkSync" | "renameSync" | "unlinkSync";

/**
 * Lets this process stand still before such calls of `node:fs`, now and then, for up to `longest` milliseconds, mostly much
 * less: what comes between two steps of another process on a busy machine only rarely comes all the time. Does nothing
 * where `longest` is 0.
 */
export function stallBefore(names: readonly SyncCall[], longest: number): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (const name of longest > 0 ? names : []) {
    const call = fs[name] as (...args: unknown[]) => unknown;
    (fs as unknown as Record<string, unknown>)[name] = (...args: unknown[]) => {
      if (Math.random() < 0.3) Atomics.wait(clock, 0, 0, Math.random() ** 3 * longest);
      return call(...args);
    };
  }
  syncBuiltinESMExports();
}
