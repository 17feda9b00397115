import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { local, type LocalOptions } from "@coatcheck/storage-local";
import { storageConformance } from "@coatcheck/testing";
import { runSuites, type Suite, textOf } from "../suite.ts";

const gaps = {
  "visibility: a reader that began before a replace or delete never gets a mix":
    "Windows replaces no file that somebody has open: the put waits for the reader, for 10 seconds at most",
};

const text = new TextEncoder();

/** Runs on Windows what its file system makes different, in folders below the temporary one. Gives the exit code. */
async function main(): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), "coatcheck-"));
  try {
    const counts = await runSuites("Windows", suites(root));
    console.log(`${counts.failed === 0 ? "ok  " : "FAIL"} ${textOf(counts)}`);
    return counts.failed === 0 ? 0 : 1;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function suites(root: string): Suite[] {
  const kit = (name: string, options: Omit<LocalOptions, "path"> = {}): Suite => ({
    name,
    define: (test) =>
      storageConformance({
        test,
        gaps,
        lacks: ["contentType", "sign"],
        timeout: 120_000,
        open: () => local({ path: join(root, name), ...options }),
      }),
  });
  return [
    kit("local"),
    kit("local under a prefix", { prefix: "some/prefix" }),
    kit("local without durability", { durability: "none" }),
    { name: "processes", define: (test) => Object.entries(processes(root)).forEach(([name, run]) => test(name, run)) },
  ];
}

function processes(root: string): Record<string, () => Promise<void>> {
  const path = join(root, "processes");
  const storage = local({ path });
  return {
    async "4 that each add one 25 times lose no update"() {
      await storage.put("count", text.encode("0"));
      await all(4, () => start("count", path));
      expectSame(await contents("count"), "100");
    },
    async "of 4 that create 40 objects each has one winner"() {
      const won = await all(4, (index) => start("create", path, String(index)));
      expectSame(
        won.reduce((sum: number, each) => sum + Number(each), 0),
        40,
      );
    },
    async "killed ones leave whole objects, and lock nobody out"() {
      for (let round = 0; round < 8; round++) {
        const running = [start("put", path, "a"), start("put", path, "b")];
        await Promise.all(running.map(({ wrote }) => wrote));
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
        for (const { child } of running) child.kill("SIGKILL");
        await Promise.all(running.map(({ ended }) => ended));
        const found = await contents("object");
        expectSame(found, found[0]!.repeat(100_000));
        await storage.put("object", text.encode("after"));
        expectSame(await contents("object"), "after");
      }
    },
    async "4 that save blocks at once lose none"() {
      const home = join(root, "home");
      await all(4, (index) => start("blocks", home, String(index)));
      const { blocks } = JSON.parse(readFileSync(join(home, "config.json"), "utf8")) as { blocks: object };
      expectSame(Object.keys(blocks).length, 60);
    },
    async "names, URLs, large replaces and the command line, of the built packages"() {
      const { ended } = start("story", join(root, "story"));
      await ended;
    },
  };

  async function contents(key: string): Promise<string> {
    const object = await storage.get(key);
    return object === undefined ? "" : new TextDecoder().decode(await object.bytes());
  }
}

interface Running {
  readonly child: ChildProcess;
  /** Resolves with its first message. */
  readonly wrote: Promise<unknown>;
  /** Resolves with its last message; rejects where it fails, but not where it is killed. */
  readonly ended: Promise<unknown>;
}

function start(name: string, ...args: readonly string[]): Running {
  const program = new URL(`./${name === "story" ? "story" : "child"}.mjs`, import.meta.url);
  const child = fork(program, [name, ...args], { stdio: "ignore" });
  let last: unknown;
  const wrote = new Promise((resolve) => child.on("message", (message) => resolve((last = message))));
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 || child.killed ? resolve(last) : reject(new Error(String(last)))));
  });
  return { child, wrote, ended };
}

async function all(count: number, begin: (index: number) => Running): Promise<unknown[]> {
  return await Promise.all(Array.from({ length: count }, (_, index) => begin(index).ended));
}

function expectSame(found: unknown, expected: unknown): void {
  if (found !== expected)
    throw new Error(`expected ${String(expected).slice(0, 100)}, got ${String(found).slice(0, 100)}`);
}

process.exit(await main());
