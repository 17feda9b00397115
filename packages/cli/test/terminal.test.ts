import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { ResultStore } from "@coatcheck/core";
import { json } from "@coatcheck/serializer-json";
import { local } from "@coatcheck/storage-local";
import { useBin } from "./bin.ts";

const bin = useBin();

// What `script` of util-linux runs has a terminal of its own for its input, output and errors.
function onTerminal(command: string): { readonly text: string; readonly code: number | null } {
  const args = ["-qec", command, "/dev/null"];
  const { stdout, status } = spawnSync("script", args, { cwd: bin.cwd, env: bin.shellEnv(), encoding: "utf8" });
  return { text: stdout.replaceAll("\r\n", "\n"), code: status };
}

if (!/util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "")) {
  console.log("skipped: what the command shows on a terminal (needs script, of util-linux)");
} else {
  test("long work shows how far it is, and takes that away", async () => {
    const storage = local({ path: join(bin.cwd, "results"), durability: "none" });
    const store = new ResultStore({ storage, serializer: json() });
    for (let index = 0; index < 1500; index++) await store.write(new Uint8Array(2000), { key: `k${index}` });
    const { text: shown, code } = onTerminal("coatcheck result cp file:./results file:./copy --all");
    const text = shown.replaceAll("\r\u001b[K", "(anew)");
    expect(code).toBe(0);
    expect(text).toMatch(/\(anew\)Copied \d+, [\d.]+ [kM]B …/);
    expect(text).toMatch(/\(anew\)Copied 1500 results, [\d.]+ MB\.\n$/);
  });

  test("bytes are printed where they are text, escaped, and else refused", async () => {
    writeFileSync(join(bin.cwd, "text"), "caf\u00e9\n\u001b[31mred\u009b\n");
    writeFileSync(join(bin.cwd, "binary"), Buffer.from([0xff, 0xfe, 0x00]));
    await bin.ok("result", "put", "file:./results", "text", "--key", "text");
    await bin.ok("result", "put", "file:./results", "binary", "--key", "binary");
    expect(onTerminal("coatcheck result get file:./results text")).toEqual({
      text: "caf\u00e9\n\\u001b[31mred\\u009b\n",
      code: 0,
    });
    const binary = onTerminal("coatcheck result get file:./results binary");
    expect(binary).toEqual({ text: expect.stringContaining("bytes that are no text. Give --output <file>"), code: 2 });
  });
}
