import { randomUUID } from "node:crypto";
import { s3, type S3Credentials } from "@coatcheck/storage-s3";
import type { Storage } from "@coatcheck/core";
import { storageConformance, type StorageConformanceOptions } from "@coatcheck/testing";
import { runChild, streamGiB } from "./child.ts";
import type { Suite } from "../suite.ts";

/** The bucket that a server must have. */
export const bucket = "test-bucket";

/** Where an S3 server is, and what it is known not to do. */
export interface S3Server {
  readonly endpoint: string;
  readonly credentials: S3Credentials;
  readonly gaps: Readonly<Record<string, string>>;
  /** Of the large bodies of the kit run bare, where a server needs others than the kit's own. */
  readonly largeBytes?: number;
}

/** The least bytes in memory that are sent in parts. */
export const IN_PARTS: number = 16 * 2 ** 20 + 1;

/** The kit on an S3 server, bare and under a prefix; processes that race, and a large stream. */
export function s3Suites(server: S3Server): Suite[] {
  const { endpoint, credentials, gaps, largeBytes } = server;
  const bare = largeBytes === undefined ? {} : { largeBytes };
  const reached = { bucket, endpoint, credentials };
  const kit = (prefix?: string): Omit<StorageConformanceOptions, "test"> => ({
    open: () => s3({ ...reached, ...(prefix === undefined ? {} : { prefix }) }),
    gaps,
  });
  return [
    { name: "bare", define: (test) => storageConformance({ test, ...bare, ...kit() }) },
    {
      name: "under a prefix",
      define: (test) => storageConformance({ test, largeBytes: IN_PARTS, ...kit("some/prefix") }),
    },
    {
      name: "races and a large stream",
      define: (test) => {
        test("8 processes that add 1 to a number 50 times each: 400", async () => {
          const storage = kit().open() as Storage;
          await storage.put("counter", new TextEncoder().encode("0"));
          await Promise.all(Array.from({ length: 8 }, () => runChild("s3", reached, "count", 50)));
          const object = await storage.get("counter");
          const sum = new TextDecoder().decode(await object!.bytes());
          await storage.close();
          if (sum !== "400") throw new Error(`${400 - Number(sum)} of 400 updates were lost`);
        });
        for (const [shape, size] of [
          ["one request", 1000],
          ["parts", 17 * 2 ** 20],
        ] as const) {
          test(`50 racing creates by ${shape}: one wins, and its bytes are there`, async () => {
            await raceCreates(kit().open() as Storage, size);
          });
        }
        test("1 GiB streamed in and out: the same bytes, and less than 96 MB of memory", () =>
          streamGiB("s3", reached));
      },
    },
  ];
}

async function raceCreates(storage: Storage, size: number): Promise<void> {
  const key = `race-${randomUUID()}`;
  const rest = new Uint8Array(size);
  const bodies = Array.from({ length: 50 }, (_, index) => [new Uint8Array(1000).fill(index), rest]);
  const outcomes = await Promise.allSettled(bodies.map((body) => storage.put(key, body, { when: "absent" })));
  const winners = outcomes.flatMap(({ status }, index) => (status === "fulfilled" ? [index] : []));
  for (const outcome of outcomes) {
    if (outcome.status === "rejected" && outcome.reason.code !== "AlreadyExists") throw outcome.reason;
  }
  const there = await (await storage.get(key))!.bytes();
  await storage.delete(key);
  await storage.close();
  if (winners.length !== 1) throw new Error(`${winners.length} of 50 won`);
  if (Buffer.compare(there, Buffer.concat(bodies[winners[0]!]!)) !== 0)
    throw new Error("what is there is not the winner's");
}
