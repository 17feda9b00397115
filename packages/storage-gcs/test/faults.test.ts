import { expect, test } from "@jest/globals";
import { type Storage, StorageError, type When } from "@coatcheck/core";
import type { Fault, FaultAction, GcsOperation } from "@coatcheck/test-servers";
import { bytesOf, KIB, read, gcsServer, sameBytes, streamOf } from "./support.ts";

const at = gcsServer();
const ROUNDS = 600;

/** Numbers that look random and are the same in each run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const failing: readonly FaultAction[] = [
  "reset",
  "garbage",
  "noise",
  { status: 500, code: "backendError" },
  { status: 429, code: "rateLimitExceeded" },
  { status: 503, code: "backendError" },
  { status: 502, code: "badGateway" },
  { status: 403, code: "forbidden" },
];
const writes: readonly GcsOperation[] = ["objects.insert", "uploads.start", "uploads.chunk"];

/** What the key may hold: the bytes of each write that may have taken place since the last that surely did. */
class Expected {
  possible: (Uint8Array | undefined)[] = [undefined];
}

function faultOf(round: number, pick: (below: number) => number): Fault<GcsOperation> {
  const times = 1 + pick(3) * pick(6);
  const on = writes[pick(writes.length)]!;
  switch (round % 4) {
    case 0:
      return { at: "request", action: failing[pick(failing.length)]!, times };
    case 1:
      return { at: "request body", on, action: "reset", bytes: pick(60_000), times };
    case 2: {
      const actions = failing.slice(0, 4);
      return { at: "answer", action: actions[pick(actions.length)]!, times };
    }
    default:
      return { at: "answer body", on: "objects.media", action: "reset", bytes: pick(150_000), times };
  }
}

test(`${ROUNDS} faults: each call ends in the right value or a clear error, nothing half-written shows, no upload is left`, async () => {
  const pick = random(1);
  const storage = at.openLimited({
    idleTimeout: 2000,
    policy: { attempts: 4, budget: 3000, firstDelay: 1, maxDelay: 5 },
  });
  const calm = at.openLimited();
  const outcomes = { right: 0, failed: 0, ambiguous: 0 };
  const keys = new Map<string, Expected>();

  for (let round = 0; round < ROUNDS; round++) {
    const key = `key/${pick(12)}`;
    const expected = keys.get(key) ?? new Expected();
    keys.set(key, expected);
    const fault = faultOf(round, pick);
    at.server.inject(fault);
    const reads = fault.at === "answer body" || (fault.at !== "request body" && pick(3) === 0);
    const outcome = reads ? await readOne(storage, key, expected) : await writeOne(storage, key, expected, pick, round);
    outcomes[outcome]++;
    at.server.reset();

    // What is there by a connection on which nothing goes wrong is one of the bytes that somebody put, whole.
    const there = await read(calm, key);
    const match = expected.possible.find((each) => (each === undefined ? there === undefined : sameBytes(there, each)));
    if (there !== undefined || match !== undefined) expect([round, match !== undefined]).toEqual([round, true]);
    else expect([round, expected.possible.includes(undefined)]).toEqual([round, true]);
    expected.possible = [there];
  }

  for (const count of Object.values(at.server.hits)) expect(count).toBeGreaterThanOrEqual(50);
  expect(Object.values(at.server.hits).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(500);
  expect(outcomes.right).toBeGreaterThan(300);
  expect(outcomes.failed).toBeGreaterThan(10);
  expect(at.server.orphans.filter(({ held }) => held > 0)).toEqual([]);
}, 120_000);

function clear(error: unknown, key: string): StorageError {
  if (!(error instanceof StorageError)) throw error;
  expect(error.code === "Unknown" ? error.ambiguous : true).toBe(true);
  expect(error.message).toContain(JSON.stringify(key));
  expect(error.detail.length).toBeGreaterThan(20);
  return error;
}

async function readOne(storage: Storage, key: string, { possible }: Expected): Promise<"right" | "failed"> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await read(storage, key);
  } catch (error) {
    clear(error, key);
    return "failed";
  }
  const right = possible.some((each) => (each === undefined ? bytes === undefined : sameBytes(bytes, each)));
  expect(right).toBe(true);
  return "right";
}

async function writeOne(
  storage: Storage,
  key: string,
  expected: Expected,
  pick: (below: number) => number,
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
    if (error.code === "AlreadyExists") expect(before).not.toBe(undefined);
    if (error.code === "Conflict") throw error;
    if (!error.ambiguous) return "failed";
    expected.possible = [before, bytes];
    return "ambiguous";
  }
}
