import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { useBin } from "./bin.ts";

const bin = useBin();

test("where all is well: versions, settings, packages and blocks, and exit code 0", async () => {
  await bin.ok("block", "create", "local/a", "file:./results");
  const text = await bin.ok("doctor");
  expect(text).toContain(`Node ${process.version}`);
  expect(text).toMatch(/^COATCHECK_DEFAULT_SERIALIZER +msgpack +default$/m);
  expect(text).toMatch(/^storage +s3 +installed$/m);
  expect(text).toMatch(/^local\/a {2}reachable/m);
  const lines = await bin.json("doctor");
  expect(lines).toContainEqual({ kind: "codec", type: "compressed", installed: true });
  expect(lines).toContainEqual({ slug: "local/a", origin: join(bin.home, "config.json"), reachable: true });
});

test("a storage that cannot be reached, a setting that is misspelt, a file that is wrong: each is told, with exit code 1", async () => {
  writeFileSync(join(bin.cwd, "no-folder"), "");
  await bin.ok("block", "create", "local/broken", "file:./no-folder");
  const env = { COATCHECK_PERSIST_BY_DEFALT: "1", COATCHECK_MY_OWN_SECRET: "hunter2" };
  const { code, stdout } = await bin.run(["doctor"], { env });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^local\/broken .*no-folder/m);
  expect(stdout).toContain('Did you mean "COATCHECK_PERSIST_BY_DEFAULT"?');
  expect(stdout).not.toContain("MY_OWN_SECRET");
  writeFileSync(join(bin.cwd, "coatcheck.config.json"), "{");
  const broken = await bin.run(["doctor"]);
  expect(broken.code).toBe(1);
  expect(broken.stderr).toContain("coatcheck.config.json:1:2: this is not JSON");
  expect(broken.stdout).toContain("storage     s3          installed");
});
