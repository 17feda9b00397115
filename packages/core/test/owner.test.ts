import { spawn, spawnSync } from "node:child_process";
import fs, { readFileSync } from "node:fs";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { fateOf, ownedName } from "@coatcheck/core/owner";
import { nameOf, startOf } from "@coatcheck/test-support";

afterEach(() => void jest.restoreAllMocks());

const deadName = nameOf({ pid: spawnSync(process.execPath, ["-e", ""]).pid });
const elsewhere = "0123456789ab.42.1.abcdef-1";
const onLinux = process.platform === "linux" ? test : test.skip;

describe("who gave a name", () => {
  test("this process is alive", () => {
    expect(fateOf(ownedName())).toBe("alive");
  });

  test("a process that has ended is dead", () => {
    expect(fateOf(deadName)).toBe("dead");
  });

  onLinux("one whose id another process has now is dead", () => {
    expect(fateOf(nameOf({ start: "1" }))).toBe("dead");
    expect(fateOf(nameOf({ pid: 1, start: "zzzzzz" }))).toBe("dead");
  });

  onLinux("one that runs is alive; one that was killed and not waited for is dead", async () => {
    // The shell becomes a sleep that never waits for the child the shell had, which ends only then.
    const child = '(until [ "$(cat /proc/$$/comm)" = sleep ]; do :; done)';
    const parent = spawn("sh", ["-c", `${child} & echo $!; exec sleep 60`], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      const output = await new Promise<string>((resolve) =>
        parent.stdout.once("data", (data) => resolve(String(data))),
      );
      const zombie = Number(output);
      expect(fateOf(nameOf({ pid: parent.pid!, start: startOf(parent.pid!) }))).toBe("alive");
      const name = nameOf({ pid: zombie, start: startOf(zombie) });
      while (!/\) Z/.test(readFileSync(`/proc/${zombie}/stat`, "utf8"))) await new Promise((go) => setTimeout(go, 5));
      expect(fateOf(name)).toBe("dead");
    } finally {
      parent.kill("SIGKILL");
    }
  });

  onLinux("one that cannot be asked after, as too many files are open, is unknown and never dead", () => {
    const alive = nameOf({ pid: process.ppid, start: startOf(process.ppid) });
    expect(fateOf(alive)).toBe("alive");
    for (const code of ["EMFILE", "ENFILE", "ENOMEM"]) {
      jest.spyOn(fs, "readFileSync").mockImplementation(() => {
        throw Object.assign(new Error(code), { code, syscall: "open" });
      });
      expect(fateOf(alive)).toBe("unknown");
      jest.restoreAllMocks();
    }
  });

  test("another machine, another copy of the module, and names of another form are unknown", () => {
    for (const name of [elsewhere, nameOf({}), "", "x", "../../etc", `${ownedName()}x.y`]) {
      expect(fateOf(name)).toBe("unknown");
    }
  });
});
