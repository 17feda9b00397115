import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { Script } from "../script.ts";
import { expectBytes, read, text } from "./bytes.ts";
import type { Cloud } from "./cloud.ts";

/** Runs a module in so many processes, which get the options and the type of the storage; gives what each wrote. */
async function run(
  at: Cloud,
  module: string,
  args: readonly (string | number)[] = [],
  { processes = 1, flags = [] }: { readonly processes?: number; readonly flags?: readonly string[] } = {},
): Promise<string[]> {
  const script = await Script.build(module, { byName: [`@coatcheck/storage-${at.type}`] });
  const all = [JSON.stringify(at.options), at.type, ...args];
  try {
    return await Promise.all(Array.from({ length: processes }, () => script.run(all, { flags })));
  } finally {
    script.remove();
  }
}

const CHILD = join(__dirname, "child.ts");

/** Processes that read a number, and replace what they have read. */
export function countTest(at: Cloud): void {
  test(`${at.name}: 8 processes that add 1 to a number 50 times each: 400`, async () => {
    await at.open().put("counter", text("0"));
    await run(at, CHILD, ["count", 50], { processes: 8 });
    expectBytes(await read(at.open(), "counter"), text("400"));
    // Were each to run alone, nothing would be shown.
    expect(at.server.counts[at.on.put]).toBeGreaterThan(401);
  }, 180_000);
}

/**
 * Node 24 lets some 110 MB of garbage gather while it reads 1 GiB from a bare response, Node 20 some 60. Where it gathers more
 * than there may be, garbage is collected as the bytes pass: then what is left is held.
 */
const COLLECTED = Number.parseInt(process.versions.node, 10) > 20 ? ["--expose-gc"] : [];

/** A process that streams more than it may hold. */
export function memoryTest(at: Cloud, mebibytes: number): void {
  test(`${at.name}: ${mebibytes} MiB streamed in and out take less than 96 MB of memory`, async () => {
    const [told] = await run(at, CHILD, ["stream", mebibytes], { flags: COLLECTED });
    const { equal, grown } = JSON.parse(told!) as { equal: boolean; grown: number };
    expect(equal).toBe(true);
    expect(grown).toBeLessThan(96 * 1e6);
  }, 300_000);
}

/** A process that tells whether the SDK was loaded once storages were opened and closed, and once one was used. */
export function lazyTest(at: Cloud, module: string): void {
  test(`${at.name}: importing it, opening a storage and closing it load no SDK; the first operation does`, async () => {
    const [told] = await run(at, module);
    expect(JSON.parse(told!)).toEqual({ opened: false, used: true });
  });
}
