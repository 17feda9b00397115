// One library, from one kind on, in a process that ends itself where the library runs away: what it says are lines of JSON.
import { writeSync } from "node:fs";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { classify, type Guard } from "./classify.ts";
import { corpus } from "./corpus.ts";
import type { Entry } from "./library.ts";
import { CPU_SECONDS, LONG_TEXT, MEMORY_GIGABYTES } from "./page.ts";

/** A line of such a process. */
export type Line =
  | { readonly kind: string; readonly letter: string; readonly why: string }
  | { readonly kind: string; readonly runaway: string };

const say = (line: Line): void => void writeSync(1, `${JSON.stringify(line)}\n`);

/** Goes through the kinds from the `from`th on, and prints a line for each. */
export async function runGuarded(entry: Entry, from: number): Promise<void> {
  const kinds = corpus(LONG_TEXT);
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const watchdog = new Worker(new URL(import.meta.url), {
    workerData: { shared, names: kinds.map(({ name }) => name) },
  });
  await new Promise((resolve) => watchdog.once("message", resolve));
  const guard: Guard = {
    begin: () => void Atomics.add(shared, 0, 1),
    end: () => void Atomics.add(shared, 0, 1),
  };
  process.on("beforeExit", () => {
    say({ kind: kinds[Atomics.load(shared, 1)]!.name, runaway: "never settles" });
    process.exit(1);
  });
  watchdog.unref();
  const library = await entry.open();
  for (let index = from; index < kinds.length; index++) {
    Atomics.store(shared, 1, index);
    const { letter, why } = await classify(library, kinds[index]!, guard);
    say({ kind: kinds[index]!.name, letter, why });
  }
  process.exit(0);
}

/** In a thread of its own, so that nothing the library does stops it. */
async function watch({ shared, names }: { shared: Int32Array; names: readonly string[] }): Promise<never> {
  const { parentPort } = await import("node:worker_threads");
  parentPort!.postMessage("watching");
  let turn = -1;
  let start = process.cpuUsage();
  for (;;) {
    Atomics.wait(shared, 0, -1, 20);
    const now = Atomics.load(shared, 0);
    if (now !== turn) start = process.cpuUsage();
    turn = now;
    // Even: what runs is not the library.
    if (turn % 2 === 0) continue;
    const { user, system } = process.cpuUsage(start);
    const runaway =
      (user + system) / 1e6 > CPU_SECONDS
        ? "time"
        : process.memoryUsage.rss() > MEMORY_GIGABYTES * 1e9
          ? "memory"
          : undefined;
    if (runaway === undefined) continue;
    say({ kind: names[Atomics.load(shared, 1)]!, runaway });
    process.kill(process.pid, "SIGKILL");
  }
}

if (!isMainThread) await watch(workerData as never);
