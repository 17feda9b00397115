import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Script } from "@coatcheck/test-support";
import { plantedTargets } from "./fuzz/planted-targets.ts";

// `npm run fuzz` reads 100,000 inputs; here is a first look, and the proof that it would find what it looks for.
const env = { COATCHECK_ROOT: join(__dirname, "../../..") };
let script: Script;
beforeAll(async () => {
  script = await Script.build(join(__dirname, "fuzz/fuzz.ts"));
});
afterAll(() => script.remove());

describe("the harness", () => {
  test("finds every harm that was planted, and shows an input for it", async () => {
    const { code, stdout } = await script.start(["--planted", "--inputs", 1500, "--patience", 15], { env }).exited;
    expect(code).toBe(1);
    for (const { name } of plantedTargets) {
      expect(stdout).toContain(`FINDING in ${name}: `);
      expect(stdout).toContain(`{"target":"${name}","problem":"`);
    }
  }, 300_000);
});

test("past findings, documents, attacks and 2,000 random inputs are read or refused, and nothing else happens", async () => {
  const { code, stdout, stderr } = await script.start(["--inputs", 2000], { env }).exited;
  expect(`${stdout}${stderr}`).toContain("0 findings");
  expect(code).toBe(0);
}, 300_000);
