import { subscribe } from "node:diagnostics_channel";
import pMap from "p-map";
import type { Storage } from "@coatcheck/core";
import type { Report } from "../report.ts";
import { type Contender, takeTurnsInPairs } from "../rounds.ts";

const KB = 1024;
const MB = KB * KB;

/** One way of doing the operations. */
export interface Client {
  readonly name: string;
  readonly note?: string;
  readonly put: (key: string, body: Buffer) => unknown;
  /** All bytes. */
  readonly get: (key: string) => unknown;
  readonly stat: (key: string) => unknown;
  readonly delete: (key: string) => unknown;
}

/** Ours. */
export function ours(name: string, storage: Storage): Client {
  return {
    name,
    put: (key, body) => storage.put(key, body),
    get: async (key) => await (await storage.get(key))!.bytes(),
    stat: (key) => storage.stat(key),
    delete: (key) => storage.delete(key),
  };
}

/** What is measured: calls of one round, so many at once. */
const rows = [
  ...(["put", "get", "stat", "delete"] as const).map((operation) => ({
    operation,
    size: KB,
    of: "1 KB, 16 at once",
    concurrency: 16,
    calls: 64,
    rounds: 30,
  })),
  ...(["put", "get"] as const).flatMap((operation) => [
    { operation, size: 100 * KB, of: "100 KB, 16 at once", concurrency: 16, calls: 32, rounds: 17 },
    { operation, size: 10 * MB, of: "10 MB", concurrency: 1, calls: 1, rounds: 41 },
    { operation, size: 100 * MB, of: "100 MB", concurrency: 1, calls: 1, rounds: 5 },
  ]),
];

let sent = 0;
for (const channel of ["http.client.request.start", "undici:request:create"]) subscribe(channel, () => sent++);

/** Lets the clients of one server take turns; the first is what the others are compared to. Only this process's CPU counts. */
export async function compare(report: Report, clients: readonly Client[]): Promise<void> {
  const [first] = clients as readonly [Client];
  for (const { operation, size, of, concurrency, calls, rounds } of rows) {
    const body = Buffer.alloc(size, "coatcheck");
    const keys = Array.from({ length: calls }, (_, index) => `benchmark/${index}`);
    const all = async (work: (key: string) => unknown): Promise<void> => void (await pMap(keys, work, { concurrency }));
    await all((key) => first.put(key, body));
    const contenders = clients.map((client): Contender => ({
      name: client.name,
      ...(client.note === undefined ? {} : { note: client.note }),
      ...(operation === "delete" ? { prepare: () => all((key) => first.put(key, body)) } : {}),
      run: () => all((key) => client[operation](key, body)),
    }));
    report.timed(operation, of, await takeTurnsInPairs(contenders, rounds, { calls, requests: () => sent }));
  }
}
