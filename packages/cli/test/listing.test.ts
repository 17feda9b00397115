import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { ResultStore } from "@coatcheck/core";
import { json } from "@coatcheck/serializer-json";
import { local } from "@coatcheck/storage-local";
import { type Running, useBin } from "./bin.ts";

const bin = useBin();
const COUNT = 100_000;

/** The most memory that the process has had, in bytes; undefined where the system does not say. */
function peakMemory(child: Running): number | undefined {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))![1]) * 1024;
  } catch {
    return undefined;
  }
}

test("100,000 results: the first line comes before the listing has ended, and memory stays small", async () => {
  const path = join(bin.cwd, "results");
  const { location } = await new ResultStore({ storage: local({ path }), serializer: json() }).write([1], {
    key: "k0",
  });
  const record = readFileSync(join(path, location!));
  for (let index = 1; index < COUNT; index++) writeFileSync(join(path, `k${index}`), record);
  mkdirSync(join(bin.cwd, "empty"));
  const child = bin.start(["result", "ls", "file:./results", "--json"]);
  let lines = 0;
  let first = "";
  let running = false;
  let peak = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (first === "") {
      first = text;
      running = child.exitCode === null;
    }
    for (const char of text) if (char === "\n") lines++;
    peak = Math.max(peak, peakMemory(child) ?? 0);
  });
  await new Promise((resolve) => child.once("close", resolve));
  expect(JSON.parse(first.split("\n")[0]!)).toMatchObject({ key: "k0", serializer: "json" });
  // It was written by itself, while there was all the rest to list.
  expect(first.split("\n").length - 1).toBeLessThan(COUNT / 100);
  expect(running).toBe(true);
  expect(lines).toBe(COUNT);
  if (peak === 0) console.log("skipped: the memory of a listing (no /proc)");
  else {
    console.log(`a listing of ${COUNT} results has taken ${Math.round(peak / 1e6)} MB of memory at most`);
    expect(peak).toBeLessThan(250e6);
  }
});
