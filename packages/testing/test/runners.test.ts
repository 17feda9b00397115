import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { buildSync } from "esbuild";

// Without jest there is no node:vm context between the kits and the built-in classes, as with most of their users.
test("the kits run under node:test, in plain Node", () => {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-testing-"));
  try {
    const outfile = join(folder, "kits.test.mjs");
    buildSync({
      entryPoints: [join(__dirname, "samples/node-test.ts")],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "error",
      alias: {
        "@coatcheck/core/serializer": join(__dirname, "../../core/src/serializer/index.ts"),
        "@coatcheck/core": join(__dirname, "../../core/src/index.ts"),
        "@coatcheck/testing": join(__dirname, "../src/index.ts"),
      },
      external: ["@coatcheck/storage-*", "@coatcheck/serializer-*"],
    });
    const report = execFileSync(process.execPath, ["--test", "--test-reporter=tap", outfile], { encoding: "utf8" });
    const count = (what: string): number => Number(new RegExp(`^# ${what} (\\d+)$`, "m").exec(report)?.[1]);
    expect(count("fail")).toBe(0);
    expect(count("skipped")).toBe(0);
    expect(count("pass")).toBeGreaterThan(280);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
