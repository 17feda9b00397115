import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Storage } from "@coatcheck/core";
import { local } from "@coatcheck/storage-local";
import { s3 } from "@coatcheck/storage-s3";
import { S3TestServer } from "@coatcheck/test-servers";
import { Script, type TestProcess } from "@coatcheck/test-support";
import { TIMING } from "../../src/cache/timing.ts";

jest.setTimeout(180_000);

const bucket = "test-bucket";
const credentials = { accessKeyId: "test-access-key", secretAccessKey: "test-secret-key" };
/** Short enough to wait for it. */
const TTL = 2000;

interface Outcome {
  readonly by: number;
  readonly cached: boolean;
}

let script: Script;
let server: S3TestServer;
beforeAll(async () => {
  script = await Script.build(join(__dirname, "once.child.ts"), { byName: false });
  server = await S3TestServer.start({ buckets: [bucket], accounts: [credentials] });
});
afterAll(async () => {
  script.remove();
  await server.close();
});

/** Of one test; its name is the key that its processes share. */
let folder: string;
let started: TestProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coatcheck-once-"));
  started = [];
});
afterEach(async () => {
  for (const process of started) process.kill("SIGKILL");
  await Promise.all(started.map(({ exited }) => exited));
  rmSync(folder, { recursive: true, force: true });
  server.reset();
});

const places: readonly [string, () => { readonly place: string; readonly open: () => Storage }][] = [
  ["local files", () => ({ place: join(folder, "results"), open: () => local({ path: join(folder, "results") }) })],
  ["S3", () => ({ place: server.url, open: () => s3({ bucket, endpoint: server.url, credentials }) })],
];

describe.each(places)("processes that share %s", (_, at) => {
  const file = (name: string): string => join(folder, name);
  const create = (name: string): void => writeFileSync(file(name), "");
  const start = (name: string, callers = 1, ttl = TTL): TestProcess => {
    const process = script.start([at().place, folder, callers, ttl, file("start"), file(name)]);
    started.push(process);
    return process;
  };
  const outcomes = async (process: TestProcess): Promise<readonly Outcome[]> => {
    const { code, stdout, stderr } = await process.exited;
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout.split("\n").at(-2)!) as Outcome[];
  };
  const computed = (process: TestProcess): number => process.stdout.split("computing").length - 1;
  const keysUnder = async (prefix: string): Promise<readonly string[]> => {
    await using storage = at().open();
    const name = createHash("sha256").update(folder).digest("hex");
    const { objects } = await storage.list({ prefix });
    return objects.filter(({ key }) => key.endsWith(name)).map(({ key, version }) => `${key} ${version}`);
  };

  test("1,000 callers in 4 of them: one computation", async () => {
    const processes = [0, 1, 2, 3].map(() => start("go", 250, TIMING.ttl));
    await Promise.all(processes.map((process) => process.wrote("ready")));
    create("start");
    await Promise.race(processes.map((process) => process.wrote("computing")));
    create("go");
    const all = (await Promise.all(processes.map(outcomes))).flat();
    expect(processes.map(computed).reduce((sum, count) => sum + count)).toBe(1);
    expect(all).toHaveLength(1000);
    expect(new Set(all.map(({ by }) => by)).size).toBe(1);
    expect(all.filter(({ cached }) => !cached)).toHaveLength(1);
    expect(await keysUnder(".coatcheck/")).toHaveLength(1);
  });

  test("a holder that is killed costs one more computation", async () => {
    create("start");
    const holder = start("never");
    await holder.wrote("computing");
    const others = [0, 1, 2].map(() => start("go", 10));
    await Promise.all(others.map((process) => process.wrote("ready")));
    holder.kill("SIGKILL");
    create("go");
    const all = (await Promise.all(others.map(outcomes))).flat();
    expect(others.map(computed).reduce((sum, count) => sum + count)).toBe(1);
    expect(new Set(all.map(({ by }) => by)).size).toBe(1);
    expect(await keysUnder(".coatcheck/")).toHaveLength(1);
  });

  test("nobody waits for a holder that was killed on the same machine, however long its lease is", async () => {
    create("start");
    // Longer than this test may take.
    const ttl = 599_000;
    const holder = start("never", 1, ttl);
    await holder.wrote("computing");
    holder.kill("SIGKILL");
    await holder.exited;
    create("go");
    const others = [0, 1, 2].map(() => start("go", 10, ttl));
    const all = (await Promise.all(others.map(outcomes))).flat();
    expect(others.map(computed).reduce((sum, count) => sum + count)).toBe(1);
    expect(new Set(all.map(({ by }) => by)).size).toBe(1);
    expect(await keysUnder(".coatcheck/")).toHaveLength(1);
  });

  test("a holder that stood still for longer than its lease adopts what the next one kept", async () => {
    create("start");
    const late = start("go-late");
    await late.wrote("computing");
    late.kill("SIGSTOP");
    create("go");
    const [{ by }] = (await outcomes(start("go"))) as [Outcome];
    expect(by).not.toBe(late.pid);
    const kept = await keysUnder(".coatcheck/cache/");
    create("go-late");
    late.kill("SIGCONT");
    expect(await outcomes(late)).toEqual([{ by, cached: true }]);
    expect(await keysUnder(".coatcheck/")).toEqual(kept);
  });

  test("and if it is done before the next one, it lets that one keep its lease, which adopts", async () => {
    create("start");
    const late = start("go-late");
    await late.wrote("computing");
    late.kill("SIGSTOP");
    const next = start("go");
    await next.wrote("computing");
    create("go-late");
    late.kill("SIGCONT");
    expect(await outcomes(late)).toEqual([{ by: late.pid, cached: false }]);
    expect(await keysUnder(".coatcheck/lease/")).toHaveLength(1);
    const kept = await keysUnder(".coatcheck/cache/");
    create("go");
    expect(await outcomes(next)).toEqual([{ by: late.pid, cached: true }]);
    expect(await keysUnder(".coatcheck/")).toEqual(kept);
  });
});
