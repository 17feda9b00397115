import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Script } from "@coatcheck/test-support";

const root = join(__dirname, "..");
const examples = readdirSync(root).filter((name) => name.endsWith(".ts"));

let script: Script;
beforeAll(async () => {
  script = await Script.build(join(__dirname, "one.child.ts"));
});
afterAll(() => script.remove());

/** What the comment at an example's end says that it prints; `…` stands for anything. */
function printed(name: string): RegExp {
  const [, comment] = readFileSync(join(root, name), "utf8").split("\n// Prints:\n");
  if (comment === undefined) throw new Error(`${name} does not say what it prints.`);
  const text = comment.replace(/^\/\/ ?/gm, "");
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("…", "[^]*")}$`);
}

test("there are examples, and the index names each", () => {
  const index = readFileSync(join(root, "README.md"), "utf8");
  expect(examples.length).toBeGreaterThanOrEqual(10);
  for (const name of examples) expect(index).toContain(`(${name})`);
});

test.each(examples)("%s prints what it says", async (name) => {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-example-"));
  try {
    const env = { EXAMPLE: name, COATCHECK_HOME: join(folder, "home"), NO_COLOR: "1" };
    const { code, stdout, stderr } = await script.start([], { cwd: folder, env }).exited;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(printed(name));
    // Results are where the example says, not in the user's home.
    expect(readdirSync(folder)).not.toContain("home");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
