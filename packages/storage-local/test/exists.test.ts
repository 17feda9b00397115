import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { Script } from "@coatcheck/test-support";

test("whether a result of 1 GiB exists takes 4 KiB at most", async () => {
  if (!existsSync("/proc/self/io")) {
    process.stderr.write("skipped: bytes read by exists on 1 GiB: this system does not count them (/proc/self/io)\n");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-large-"));
  const script = await Script.build(join(__dirname, "exists.child.ts"), { byName: false });
  try {
    const outcome = JSON.parse(await script.run([folder, 1024])) as { exists: boolean; bytes: number; size: number };
    expect(outcome).toMatchObject({ exists: true, size: 1024 ** 3 });
    // The event loop's own wake-ups are counted too: 8 bytes each.
    expect(outcome.bytes).toBeGreaterThan(0);
    expect(outcome.bytes).toBeLessThanOrEqual(4096 + 8 * 8);
  } finally {
    script.remove();
    rmSync(folder, { recursive: true, force: true });
  }
});
