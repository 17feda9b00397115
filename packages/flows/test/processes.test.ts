import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { Script } from "@coatcheck/test-support";
import { temporaryFolder } from "./helpers.ts";

async function run(
  name: string,
  args: readonly string[] = [],
  options: { byName?: boolean; flags?: string } = {},
): Promise<string> {
  const { byName = true, flags = "" } = options;
  const script = await Script.build(join(__dirname, `${name}.child.ts`), { byName });
  try {
    const home = temporaryFolder();
    return await script.run(args, { cwd: home, env: { COATCHECK_HOME: join(home, "home"), NODE_OPTIONS: flags } });
  } finally {
    script.remove();
  }
}

test("200 tasks that each give 20 MB, two at a time, run within 200 MB more of resident memory, and are readable afterwards", async () => {
  const { growth } = JSON.parse(await run("memory", [temporaryFolder()])) as { growth: number };
  expect(growth).toBeLessThan(200);
  // It writes 4 GB.
}, 600_000);

test("100,000 tasks in one flow leave nothing but their results behind; a future takes at most 4 kB", async () => {
  const growth = JSON.parse(await run("many", [], { flags: "--expose-gc" })) as Record<string, number>;
  expect(growth["calls"]).toBeLessThan(20);
  expect(growth["submitted"]).toBeLessThan(20);
  expect(growth["futures"]).toBeLessThan(4096);
});

test("storages, serializers and options that are made for each call are let go of", async () => {
  const { growth } = JSON.parse(await run("leaks", [], { flags: "--expose-gc" })) as { growth: number };
  expect(growth).toBeLessThan(1500);
});

test("after a flow ends nothing of ours keeps the process alive", async () => {
  expect(await run("exit")).toBe("Cancelled,Cancelled\nhandles: 0\n");
});

test("a missing default package is reported at the first call, before the function is called, where results may be kept", async () => {
  expect(await run("missing", [], { byName: false })).toMatchInlineSnapshot(`
   "plain: {"ran":1}
   kept: MissingPackage: Storage type "local" needs the package @coatcheck/storage-local, which is not installed. Run: npm install @coatcheck/storage-local
   around: MissingPackage: Storage type "local" needs the package @coatcheck/storage-local, which is not installed. Run: npm install @coatcheck/storage-local
   serializer: MissingPackage: Serializer type "msgpack" needs the package @coatcheck/serializer-msgpack, which is not installed. Run: npm install @coatcheck/serializer-msgpack
   called: plain
   "
  `);
});
