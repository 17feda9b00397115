import type { Counts } from "./compare.ts";
import { type Costs, sizeOf, storageCosts, storeCosts, withCloud, withLocal } from "./costs.ts";
import type { Cost } from "./instrument.ts";
import { type Loaded, loadedModules } from "./modules.ts";

/** Counts, and what they were counted from, by `group, name`. */
export interface Collected {
  readonly counts: Counts;
  readonly details: ReadonlyMap<string, string>;
}

/** What is counted of an operation. */
interface Kind {
  readonly title: string;
  /** Undefined where it says nothing about an operation on a value of that size. */
  readonly of: (cost: Cost, size: number) => number | undefined;
  readonly detail?: (cost: Cost) => readonly string[];
}

const KB = 1024;
const MB = KB * KB;
const systemCalls: Kind = { title: "system calls", of: ({ calls }) => calls.length, detail: ({ calls }) => calls };
const requests: Kind = {
  title: "requests",
  of: ({ requests: sent }) => sent.length,
  detail: ({ requests: sent }) => sent,
};
// Headers and the like are so small beside these values that they do not show.
const perByte = (bytes: number, size: number): number | undefined =>
  size < MB ? undefined : Math.round((bytes / size) * 10) / 10;
const copies: Kind = { title: "bytes copied, for each of the value", of: ({ copied }, size) => perByte(copied, size) };
const allocated: Kind = {
  title: "bytes of buffers made, for each of the value",
  // Parts of a stream use buffers again, as many as happen to be under way.
  of: ({ allocated: bytes }, size) => (size > 16 * MB ? undefined : perByte(bytes, size)),
};
const buffers: Kind = { title: "buffers made", of: ({ buffers: made }, size) => (size > KB ? undefined : made) };

function countsOf(place: string, costs: Costs, kinds: readonly Kind[]): Collected {
  const counts: Record<string, Record<string, number>> = {};
  const details = new Map<string, string>();
  for (const { title, of, detail } of kinds) {
    const group = `${place}: ${title}`;
    const each: Record<string, number> = (counts[group] = {});
    for (const [name, cost] of Object.entries(costs)) {
      const count = of(cost, sizeOf(name));
      if (count === undefined) continue;
      each[name] = count;
      if (detail !== undefined) details.set(`${group}, ${name}`, runs(detail(cost)));
    }
  }
  return { counts, details };
}

const onDisk = [systemCalls, buffers, allocated, copies];
const onNetwork = [requests, allocated, copies];

/** One line for each, and for those that are the same in a row. */
function runs(names: readonly string[]): string {
  const lines: { name: string; times: number }[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last?.name === name) last.times++;
    else lines.push({ name, times: 1 });
  }
  return lines.map(({ name, times }) => (times === 1 ? name : `${name}, ${times} times`)).join("\n     ");
}

/** Costs on local files, as counts. */
export const localCounts = (place: string, costs: Costs): Collected => countsOf(place, costs, onDisk);
/** Costs over the network, as counts. */
export const cloudCounts = (place: string, costs: Costs): Collected => countsOf(place, costs, onNetwork);

const MODULES = "modules of ours that are loaded";
const PACKAGES = "packages of others that are loaded";

/** Counts everything. */
export async function collect(): Promise<Collected> {
  const all = [
    localCounts("local", await withLocal(storageCosts)),
    localCounts("ResultStore on local", await withLocal(storeCosts)),
  ];
  for (const [type, place] of Object.entries({ s3: "S3", gcs: "GCS", azure: "Azure" } as const)) {
    await withCloud(type as "s3", async (storage) => {
      all.push(cloudCounts(place, await storageCosts(storage)));
      all.push(cloudCounts(`ResultStore on ${place}`, await storeCosts(storage)));
    });
  }
  const loaded = loadedModules();
  const numbers = (whose: keyof Loaded): Record<string, number> =>
    Object.fromEntries(Object.entries(loaded).map(([name, each]) => [name, each[whose].length]));
  const lists = (group: string, whose: keyof Loaded): [string, string][] =>
    Object.entries(loaded).map(([name, each]) => [`${group}, ${name}`, runs(each[whose])]);
  return {
    counts: {
      ...Object.assign({}, ...all.map(({ counts }) => counts)),
      [MODULES]: numbers("modules"),
      [PACKAGES]: numbers("packages"),
    },
    details: new Map([
      ...all.flatMap(({ details }) => [...details]),
      ...lists(MODULES, "modules"),
      ...lists(PACKAGES, "packages"),
    ]),
  };
}
