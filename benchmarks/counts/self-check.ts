import { closeSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Storage } from "@coatcheck/core";
import { cloudCounts, type Collected, localCounts } from "./collect.ts";
import { compare, type Counts } from "./compare.ts";
import { type Costs, storageCosts, withCloud, withLocal } from "./costs.ts";

/** What a get costs that does something more than it must. */
async function worseGet(storage: Storage, more: (storage: Storage, key: string) => unknown): Promise<Costs> {
  const worse = new Proxy(storage, {
    get(target, name) {
      if (name === "get") {
        return async (key: string) => {
          await more(target, key);
          return await target.get(key);
        };
      }
      const member = Reflect.get(target, name, target) as unknown;
      return typeof member === "function" ? (member as () => unknown).bind(target) : member;
    },
  });
  return await storageCosts(worse);
}

/**
 * Makes every get do more than it must, and sees whether that is found, by the counts that are taken as right: a check that
 * cannot fail checks nothing. Resolves with what was not found.
 */
export async function checkTheCheck(right: Counts): Promise<string[]> {
  const fault = {
    request: "S3: requests, get 1 KB",
    "system call": "local: system calls, get 1 KB",
    buffer: "local: buffers made, get 1 KB",
    copy: "local: bytes copied, for each of the value, get 8 MiB",
  };
  const found = async (what: keyof typeof fault, counting: Promise<Collected>): Promise<string | undefined> => {
    const { counts } = await counting;
    const same: Counts = Object.fromEntries(Object.keys(counts).map((group) => [group, right[group]!]));
    const names = compare(same, counts).map(({ group, name }) => `${group}, ${name}`);
    return names.includes(fault[what]) ? undefined : what;
  };
  const locally = async (more: (storage: Storage, key: string) => unknown): Promise<Collected> =>
    localCounts("local", await withLocal((storage) => worseGet(storage, more)));
  const results = [
    await found(
      "request",
      withCloud("s3", async (storage) => cloudCounts("S3", await worseGet(storage, (each, key) => each.stat(key)))),
    ),
    await found(
      "system call",
      locally(() => closeSync(openSync(join(tmpdir(), "."), "r"))),
    ),
    await found(
      "buffer",
      locally(() => new Uint8Array(1)),
    ),
    await found(
      "copy",
      locally((_, key) => key === "large" && Buffer.from(new Uint8Array(2 ** 23))),
    ),
  ];
  return results.filter((each) => each !== undefined);
}
