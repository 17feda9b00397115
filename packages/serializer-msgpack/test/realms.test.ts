import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { buildSync } from "esbuild";

interface Report {
  readonly node: string;
  readonly values: number;
  readonly failures: readonly string[];
}

test("in plain Node every kind comes back, and values of other realms come back or are refused", () => {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-msgpack-"));
  try {
    const outfile = join(folder, "plain-node.mjs");
    const packages = join(__dirname, "../..");
    buildSync({
      entryPoints: [join(__dirname, "plain-node.ts")],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "error",
      alias: {
        "@coatcheck/core": join(packages, "core/src/index.ts"),
        "@coatcheck/testing": join(packages, "testing/src/index.ts"),
        "@coatcheck/serializer-msgpack": join(packages, "serializer-msgpack/src/index.ts"),
      },
      // What core would load by name stays outside.
      external: [
        "@coatcheck/storage-*",
        "@coatcheck/serializer-json",
        "@coatcheck/serializer-compressed",
        "@coatcheck/serializer-encrypted",
      ],
      tsconfigRaw: "{}",
    });
    // Another Node may be given, as COATCHECK_NODE=/path/to/node.
    const node = process.env["COATCHECK_NODE"] ?? process.execPath;
    const report = JSON.parse(execFileSync(node, [outfile], { encoding: "utf8" })) as Report;
    expect(report.failures).toEqual([]);
    expect(report.values).toBeGreaterThan(250);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
