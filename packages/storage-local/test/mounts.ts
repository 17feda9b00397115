import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "@jest/globals";

/** Defines a test that needs what only root may do, here or in a container: where it may not, that shows. */
export function privilegedTest(name: string, run: (mount: (options: string) => Mount) => Promise<void>): void {
  const reason = mountProblem();
  if (reason !== undefined) {
    console.warn(`Not tested: ${name}. Mounting a file system is not permitted here: ${reason}`);
    test.skip(`${name} (mounting is not permitted here)`, () => {});
    return;
  }
  test(name, async () => {
    const mounts: Mount[] = [];
    try {
      await run((options) => {
        const mounted = new Mount(options);
        mounts.push(mounted);
        return mounted;
      });
    } finally {
      for (const each of mounts) each.remove();
    }
  });
}

/** A small file system in memory. */
export class Mount {
  readonly path: string = mkdtempSync(join(tmpdir(), "coatcheck-mount-"));

  constructor(options: string) {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", this.path], { stdio: "pipe" });
  }

  /** Mounts it again with other options: `ro`. */
  remount(options: string): void {
    execFileSync("mount", ["-o", `remount,${options}`, this.path], { stdio: "pipe" });
  }

  remove(): void {
    execFileSync("umount", [this.path], { stdio: "pipe" });
    rmSync(this.path, { recursive: true });
  }
}

let problem: string | null | undefined;

function mountProblem(): string | undefined {
  if (problem === undefined) {
    try {
      new Mount("size=64k").remove();
      problem = null;
    } catch (error) {
      problem = String((error as { stderr?: unknown }).stderr ?? error).trim();
    }
  }
  return problem ?? undefined;
}
