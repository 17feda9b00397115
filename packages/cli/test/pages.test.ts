import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { useBin } from "./bin.ts";

const bin = useBin();
const docs = join(__dirname, "../../../docs");
const pages = ["slugs-and-settings.md", ...readdirSync(join(docs, "cli")).map((name) => `cli/${name}`)];

test("each group of commands has its page", () => {
  expect(pages).toEqual([
    "slugs-and-settings.md",
    ...["block", "config", "doctor", "result"].map((name) => `cli/${name}.md`),
  ]);
});

test.each(pages)(
  "the examples in console of %s run and print what it says, where … stands for anything",
  async (page) => {
    const text = readFileSync(join(docs, page), "utf8");
    const blocks = [...text.matchAll(/^```console\n([^]*?)^```$/gm)].map(([, block]) => block!);
    expect(blocks.length).toBeGreaterThan(0);
    for (const example of blocks.join("").split(/^\$ /m).slice(1)) {
      const [command, ...lines] = example.split("\n");
      const { stdout, status } = spawnSync("sh", ["-c", `exec 2>&1\n${command}`], {
        cwd: bin.cwd,
        env: bin.shellEnv(),
        encoding: "utf8",
      });
      // How wide a column is depends on the names of folders.
      const narrow = (printed: string): string => printed.replace(/ {2,}/g, "  ");
      const wanted = narrow(lines.join("\n"));
      const parts = wanted.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      if (!new RegExp(`^${parts.join("[^]*")}$`).test(narrow(stdout))) {
        throw new Error(`${page}: ${command}\nthe page says:\n${wanted}\nbut it prints:\n${stdout}`);
      }
      expect(status).toBe(0);
    }
  },
);
