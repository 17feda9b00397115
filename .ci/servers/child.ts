import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Runs the program of the tests of clouds, with a storage of these options, to its end, and gives what it writes to stdout. */
export async function runChild(
  type: "s3" | "azure",
  options: object,
  work: "count" | "stream",
  amount: number,
): Promise<string> {
  const program = fileURLToPath(new URL("child.mjs", import.meta.url));
  const args = [program, JSON.stringify(options), type, work, String(amount)];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

/** Streams 1 GiB in and out; throws where other bytes come back, or the process grows by 96 MB. */
export async function streamGiB(type: "s3" | "azure", options: object): Promise<void> {
  const told = await runChild(type, options, "stream", 1024);
  const { equal, grown } = JSON.parse(told) as { equal: boolean; grown: number };
  if (!equal) throw new Error("other bytes came back");
  if (grown >= 96e6) throw new Error(`the process grew by ${Math.round(grown / 1e6)} MB`);
}
