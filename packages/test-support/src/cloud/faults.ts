import { expect, test } from "@jest/globals";
import { type Storage, StorageError, type When } from "@coatcheck/core";
import type { ErrorAnswer, Fault, FaultAction } from "@coatcheck/test-servers";
import { bytesOf, expectBytes, KIB, read, streamOf } from "./bytes.ts";
import type { Cloud } from "./cloud.ts";

const ROUNDS = 600;

/** What the faults of a cloud are. */
export interface FaultOptions {
  /** What its service answers where it fails; of these the first after the fact too. */
  readonly answers: readonly ErrorAnswer[];
  /** The operations of a put. */
  readonly writes: readonly string[];
  /** Whether the service may say that an object is there, where there is none. */
  mayBeThere?(key: string): Promise<boolean>;
}

type Pick = (below: number) => number;

/** Numbers that look random and are the same in each run. */
function random(seed: number): Pick {
  const { imul } = Math;
  let state = seed;
  return (below) => {
    state = (imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What a key may hold: the bytes of each write that may have taken place since the last that surely did. */
interface Expected {
  possible: (Uint8Array | undefined)[];
}

/** Faults in every place, one after the other, each with one call whose end and whose effect are looked at. */
export function faultTest(at: Cloud, { answers, writes, mayBeThere }: FaultOptions): void {
  const actions: readonly FaultAction[] = ["reset", "garbage", "noise", ...answers];

  function faultOf(round: number, pick: Pick): Fault<string> {
    const times = 1 + pick(3) * pick(6);
    const on = writes[pick(writes.length)]!;
    switch (round % 4) {
      case 0:
        return { at: "request", action: actions[pick(actions.length)]!, times };
      case 1:
        return { at: "request body", on, action: "reset", bytes: pick(60_000), times };
      case 2:
        return { at: "answer", action: actions[pick(4)]!, times };
      default:
        return { at: "answer body", on: at.on.get, action: "reset", bytes: pick(150_000), times };
    }
  }

  test(`${at.name}: ${ROUNDS} faults: each call ends in the right value or a clear error, nothing half-written shows, nothing is left`, async () => {
    const pick = random(1);
    const policy = { attempts: 4, budget: 30_000, firstDelay: 1, maxDelay: 5 };
    const storage = at.openLimited({ idleTimeout: 20_000, policy });
    const calm = at.openLimited();
    const outcomes = { right: 0, failed: 0, ambiguous: 0 };
    const keys = new Map<string, Expected>();

    for (let round = 0; round < ROUNDS; round++) {
      const key = `key/${pick(12)}`;
      const expected = keys.get(key) ?? { possible: [undefined] };
      keys.set(key, expected);
      const fault = faultOf(round, pick);
      at.server.inject(fault);
      const reads = fault.at === "answer body" || (fault.at !== "request body" && pick(3) === 0);
      outcomes[await (reads ? readOne(storage, key, expected) : writeOne(storage, key, expected, pick, round))]++;
      at.server.reset();
      // What is there by a connection on which nothing goes wrong is one of the bytes that somebody put, whole.
      const there = await read(calm, key);
      expectOneOf(there, expected);
      expected.possible = [there];
    }

    for (const count of Object.values(at.server.hits)) expect(count).toBeGreaterThanOrEqual(50);
    expect(Object.values(at.server.hits).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(500);
    expect(outcomes.right).toBeGreaterThan(300);
    expect(outcomes.failed).toBeGreaterThan(10);
    expect(at.server.orphans.filter(({ held }) => held > 0)).toEqual([]);
  }, 300_000);

  async function writeOne(
    storage: Storage,
    key: string,
    expected: Expected,
    pick: Pick,
    round: number,
  ): Promise<"right" | "failed" | "ambiguous"> {
    const before = expected.possible[0];
    const stat = before === undefined ? undefined : await storage.stat(key).catch(() => undefined);
    const bytes = bytesOf(pick(2) === 0 ? pick(5000) : 100 * KIB + pick(100_000), round + 1);
    const when: When = pick(3) === 0 ? "any" : stat === undefined ? "absent" : { version: stat.version };
    const body = pick(2) === 0 ? bytes : streamOf(bytes);
    try {
      await storage.put(key, body, { when });
      expected.possible = [bytes];
      return "right";
    } catch (reason) {
      const error = clear(reason, key);
      // Nobody else writes: these are true only of what was there before.
      if (error.code === "AlreadyExists") expect(before !== undefined || (await mayBeThere?.(key))).toBe(true);
      if (error.code === "Conflict") throw error;
      if (!error.ambiguous) return "failed";
      expected.possible = [before, bytes];
      return "ambiguous";
    }
  }
}

async function readOne(storage: Storage, key: string, expected: Expected): Promise<"right" | "failed"> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await read(storage, key);
  } catch (error) {
    clear(error, key);
    return "failed";
  }
  expectOneOf(bytes, expected);
  return "right";
}

function expectOneOf(bytes: Uint8Array | undefined, { possible }: Expected): void {
  const same = possible.some((each) => each === bytes || (each && bytes && Buffer.compare(each, bytes) === 0));
  if (!same && possible[0] !== undefined) expectBytes(bytes, possible[0]);
  expect(same).toBe(true);
}

function clear(error: unknown, key: string): StorageError {
  if (!(error instanceof StorageError)) throw error;
  expect(error.code === "Unknown" ? error.ambiguous : true).toBe(true);
  expect(error.message).toContain(JSON.stringify(key));
  expect(error.detail.length).toBeGreaterThan(20);
  return error;
}
