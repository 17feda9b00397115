import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { useBin } from "./bin.ts";

const bin = useBin();

test("the five lines of the README: from an empty folder, with no code", async () => {
  const readme = readFileSync(join(__dirname, "../README.md"), "utf8");
  const story = /<!-- story -->\n+```sh\n([^]*?)```/.exec(readme)![1]!.trim().split("\n");
  expect(story).toHaveLength(5);
  const printed: string[] = [];
  for (const line of story) {
    // What is pruned has to be a second old.
    if (line.includes("prune")) await new Promise((resolve) => setTimeout(resolve, 1100));
    printed.push(execFileSync("sh", ["-c", line], { cwd: bin.cwd, env: bin.shellEnv(), encoding: "utf8" }));
  }
  const [created, reference, listed, read, pruned] = printed;
  expect(created).toBe("");
  expect(JSON.parse(reference!)).toMatchObject({ coatcheck: 1, storage: "local/demo", key: "greeting", size: 6 });
  expect(listed).toMatch(/ 400 B {2}bytes +greeting\n$|bytes +greeting\n$/);
  expect(read).toBe("Hello\n");
  expect(pruned).toBe("greeting\n");
  expect(await bin.ok("result", "ls", "local/demo")).toBe("");
});
