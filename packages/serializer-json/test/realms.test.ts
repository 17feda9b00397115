import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { Script, type ValueReport } from "@coatcheck/test-support";

test("in plain Node every kind comes back, and values of other realms come back or are refused", async () => {
  const script = await Script.build(join(__dirname, "plain-node.ts"), { byName: false });
  try {
    // Another Node may be given, as COATCHECK_NODE=/path/to/node.
    const report = JSON.parse(await script.run([], { node: process.env["COATCHECK_NODE"] })) as ValueReport;
    expect(report.failures).toEqual([]);
    expect(report.values).toBeGreaterThan(200);
  } finally {
    script.remove();
  }
});
