import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { Script } from "../script.ts";
import { expectBytes, read, text } from "./bytes.ts";
import type { Cloud } from "./cloud.ts";

/** Bundles a module, without what core loads by name but for `packages`, and removes it when `use` has ended. */
async function withScript(module: string, packages: readonly string[], use: (script: Script) => Promise<void>) {
  const script = await Script.build(module, { byName: packages });
  try {
    await use(script);
  } finally {
    script.remove();
  }
}

/** Runs the child in so many processes, and gives what each wrote. */
async function runChild(at: Cloud, work: "count" | "stream", amount: number, processes = 1): Promise<string[]> {
  let written: string[] = [];
  await withScript(join(__dirname, "child.ts"), [`@coatcheck/storage-${at.type}`], async (script) => {
    const args = [work, at.type, JSON.stringify(at.options), amount];
    written = await Promise.all(Array.from({ length: processes }, () => script.run(args)));
  });
  return written;
}

/** Processes that read a number, and replace what they have read. */
export function countTest(at: Cloud): void {
  test(`${at.name}: 8 processes that add 1 to a number 50 times each: 400`, async () => {
    await at.open().put("counter", text("0"));
    await runChild(at, "count", 50, 8);
    expectBytes(await read(at.open(), "counter"), text("400"));
    // Were each to run alone, nothing would be shown.
    expect(at.server.counts[at.on.put]).toBeGreaterThan(401);
  }, 180_000);
}

/** A process that streams more than it may hold. */
export function memoryTest(at: Cloud, mebibytes: number): void {
  test(`${at.name}: ${mebibytes} MiB streamed in and out take less than 96 MB of memory`, async () => {
    const [told] = await runChild(at, "stream", mebibytes);
    const { equal, grown } = JSON.parse(told!) as { equal: boolean; grown: number };
    expect(equal).toBe(true);
    expect(grown).toBeLessThan(96 * 1e6);
  }, 300_000);
}

/** A process that tells whether the SDK was loaded once storages were opened and closed, and once one was used. */
export function lazyTest(at: Cloud, module: string): void {
  test(`${at.name}: importing it, opening a storage and closing it load no SDK; the first operation does`, async () => {
    await withScript(module, [], async (script) => {
      const told = await script.run([JSON.stringify(at.options)]);
      expect(JSON.parse(told)).toEqual({ opened: false, used: true });
    });
  });
}
