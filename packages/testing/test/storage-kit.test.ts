import { describe, expect, test } from "@jest/globals";
import { type BrokenStorage, runKit } from "./broken/broken-storage.ts";
import { conditions } from "./broken/conditions.ts";
import { contracts } from "./broken/contracts.ts";
import { expectFailures } from "./broken/expect-failures.ts";
import { keys } from "./broken/keys.ts";
import { listing } from "./broken/listing.ts";
import { reading } from "./broken/reading.ts";
import { signing } from "./broken/signing.ts";
import { writing } from "./broken/writing.ts";
import { map } from "./samples/map-storage.ts";

const broken: readonly BrokenStorage[] = [
  ...writing,
  ...conditions,
  ...reading,
  ...listing,
  ...keys,
  ...contracts,
  ...signing,
];
const defined = new Set<string>();
const noticed = new Set<string>();

describe("a broken storage fails where it is broken, and nowhere else:", () => {
  test.each(broken)("$name", async ({ open, fails, lacks = ["persistent"], signs = false, timeout }) => {
    const { names, failed } = await runKit({
      open,
      lacks: signs ? lacks : ["sign", ...lacks],
      ...(timeout === undefined ? {} : { timeout }),
    });
    for (const name of names) defined.add(name);
    for (const name of failed.keys()) noticed.add(name);
    expectFailures(failed, fails);
  });
});

test("each case of the kit notices one of them at least", () => {
  const manifest = (name: string): string => name.replace(/^(capabilities: .* all but) .*/, "$1 …");
  const seen = new Set([...noticed].map(manifest));
  const never = [...new Set([...defined].map(manifest))].filter((name) => !seen.has(name));
  // Nothing can be asked of what is not promised: it says so, and that is all.
  expect(never).toEqual(["lacks persistent: 1 case is left out; nothing is said of what outlives the process"]);
});

test("a storage that is right fails nowhere", async () => {
  expect((await runKit({ open: () => map("right"), lacks: ["sign", "persistent"] })).failed).toEqual(new Map());
});

test("what is left out is named when the tests are defined", async () => {
  const names: string[] = [];
  const { storageConformance } = await import("@coatcheck/testing");
  const lacks = ["create", "sign"] as const;
  storageConformance({ test: (name) => void names.push(name), open: () => map("never opened"), lacks });
  expect(names.filter((name) => name.startsWith("lacks"))).toEqual([
    "lacks create: 13 cases are left out; it is refused with NotSupported before anything is done",
    "lacks sign: 3 cases are left out; it is refused with NotSupported before anything is done",
  ]);
  const wrong = (): void => storageConformance({ test: () => {}, open: () => map("a"), lacks: ["fly" as "sign"] });
  expect(wrong).toThrow('lacks names "fly"; known: create, replace');
});

test("a case leaves nothing behind, whether it fails or not", async () => {
  const storage = map("shared");
  await storage.put("somebody/else", new Uint8Array([1]));
  await runKit({ open: () => map("shared"), lacks: ["sign", "persistent"] });
  expect((await storage.list()).objects.map(({ key }) => key)).toEqual(["somebody/else"]);
});

test("a known gap is run, and must fail; its name must be that of a case", async () => {
  const { open, fails } = broken.find((each) => each.fails.length === 1 && !each.fails[0]!.endsWith("*"))!;
  const name = fails[0]!;
  const gaps = { [name]: "seen in release 1" };
  const known = await runKit({ open, lacks: ["sign", "persistent"], gaps });
  expect(known.names).toContain(`known gap: ${name}: seen in release 1`);
  expect(known.names).not.toContain(name);
  expect(known.failed).toEqual(new Map());
  const closed = await runKit({ open: () => map("right"), lacks: ["sign", "persistent"], gaps });
  expect([...closed.failed].map(([failed, error]) => [failed, String(error)])).toEqual([
    [`known gap: ${name}: seen in release 1`, expect.stringContaining("it passes")],
  ]);
  const unknown = runKit({ open, lacks: ["sign", "persistent"], gaps: { "no such case": "" } });
  await expect(unknown).rejects.toThrow('gaps names "no such case", which is no case of this storage');
});
