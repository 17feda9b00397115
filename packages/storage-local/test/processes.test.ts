import { createHash } from "node:crypto";
import { existsSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { local } from "@coatcheck/storage-local";
import { Script, type TestProcess } from "@coatcheck/test-support";
import { keysOf, read, temporaryFolders, text } from "./support.ts";

const folder = temporaryFolders();
const names = ["count", "create", "come-and-go", "write", "hold", "put", "replace"] as const;
const scripts = new Map<string, Script>();
beforeAll(async () => {
  for (const name of names)
    scripts.set(name, await Script.build(join(__dirname, `${name}.child.ts`), { byName: false }));
});
afterAll(() => {
  for (const script of scripts.values()) script.remove();
});
const script = (name: (typeof names)[number]): Script => scripts.get(name)!;
const eight = Array.from({ length: 8 }, (_, index) => index);

/** Kills a process that holds the lock of `key`. */
async function leaveLock(root: string, key: string): Promise<void> {
  const holder = script("hold").start([root, key]);
  await holder.wrote("held");
  holder.kill("SIGKILL");
  await holder.exited;
  expect(readdirSync(join(root, "%locks"))).toHaveLength(1);
}

test("8 processes that add 1 to a number 50 times each, over a lock whose owner was killed: 400", async () => {
  const root = folder();
  await local({ path: root }).put("counter", text("0"));
  await leaveLock(root, "counter");
  await Promise.all(eight.map(() => script("count").run([root, 50])));
  expect(await read(local({ path: root }), "counter")).toBe("400");
  expect(readdirSync(join(root, "%locks"))).toEqual([]);
  expect(readdirSync(join(root, "%tmp"))).toEqual([]);
});

test("8 processes that stand still at any step, over locks whose owners are killed all the while: each addition counts", async () => {
  const root = folder();
  await local({ path: root }).put("counter", text("0"));
  const env = { STALL: "20" };
  const start = (times: number): TestProcess => script("count").start([root, String(times)], { env });
  const adders = eight.map(() => start(10));
  const victims: TestProcess[] = [];
  for (let count = 0; count < 8; count++) {
    const victim = start(1000);
    victims.push(victim);
    await victim.wrote("+");
    victim.kill("SIGKILL");
    await victim.exited;
  }
  for (const { exited } of adders) expect(await exited).toMatchObject({ code: 0, stderr: "" });
  const kept = [...adders, ...victims].reduce((sum, { stdout }) => sum + stdout.length, 0);
  const value = Number(await read(local({ path: root }), "counter"));
  expect(value).toBeGreaterThanOrEqual(kept);
  // Each may have been killed between its last addition and telling it.
  expect(value).toBeLessThanOrEqual(kept + victims.length);
});

test("no addition that was kept is lost when those who add are killed", async () => {
  const root = folder();
  await local({ path: root }).put("counter", text("0"));
  const victims = eight.map(() => script("count").start([root, 100_000]));
  for (const victim of victims) {
    await victim.wrote("++++++++++");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
    victim.kill("SIGKILL");
    await victim.exited;
  }
  const kept = victims.reduce((sum, victim) => sum + victim.stdout.length, 0);
  const value = Number(await read(local({ path: root }), "counter"));
  expect(kept).toBeGreaterThanOrEqual(80);
  // Each may have been killed between its last addition and telling it.
  expect(value).toBeGreaterThanOrEqual(kept);
  expect(value).toBeLessThanOrEqual(kept + victims.length);
  await script("count").run([root, 1]);
  expect(await read(local({ path: root }), "counter")).toBe(String(value + 1));
});

test("8 processes that create 50 keys at once: each key has one winner, whose bytes are there", async () => {
  const root = folder();
  const startFile = join(folder(), "start");
  const racers = eight.map((name) => script("create").start([root, name, startFile]));
  await Promise.all(racers.map((racer) => racer.wrote("ready")));
  writeFileSync(`${startFile}-`, String(Date.now() + 100));
  renameSync(`${startFile}-`, startFile);
  const outputs = await Promise.all(racers.map(async (racer) => (await racer.exited).stdout.replace("ready\n", "")));
  const storage = local({ path: root });
  const winners = outputs.flatMap((output, name) =>
    (JSON.parse(output) as string[]).map((key) => ({ key, name: String(name) })),
  );
  expect(winners.map(({ key }) => key).toSorted()).toEqual(
    Array.from({ length: 50 }, (_, index) => `race/${index}`).toSorted(),
  );
  for (const { key, name } of winners) expect(await read(storage, key)).toBe(name);
  // Were one process to win all, nobody would have raced.
  expect(new Set(winners.map(({ name }) => name)).size).toBeGreaterThan(1);
  expect(await keysOf(storage, "race/")).toHaveLength(50);
});

test("8 processes that fill and empty one folder do not lose what they put", async () => {
  const root = folder();
  await Promise.all(eight.map((name) => script("come-and-go").run([root, name, 100])));
  expect(await keysOf(local({ path: root }))).toEqual([]);
  expect(readdirSync(root).toSorted()).toEqual(["%locks", "%tmp"]);
});

test("a listing shows every object, though others replace them all the time", async () => {
  const COUNT = 3000;
  // Where a file system in memory passes over files that are replaced, this is where it shows.
  const root = folder(existsSync("/dev/shm") ? "/dev/shm" : undefined);
  const storage = local({ path: root, durability: "none" });
  for (let index = 0; index < COUNT; index++) await storage.put(String(index), new Uint8Array(10));
  const writers = [0, 1].map(() => script("replace").start([root, COUNT]));
  try {
    for (const writer of writers) await writer.wrote("ready");
    for (let round = 0; round < 20; round++) expect(new Set(await keysOf(storage)).size).toBe(COUNT);
  } finally {
    for (const writer of writers) writer.kill("SIGKILL");
    await Promise.all(writers.map((writer) => writer.exited));
  }
});

test("24 writers killed at random: what is listed is whole, what was kept is there, what they left is swept", async () => {
  const root = folder();
  const storage = local({ path: root });
  let interrupted = 0;
  let leftovers = 0;
  const there = new Map<string, boolean>();
  for (let round = 0; round < 24; round++) {
    const writer = script("write").start([root]);
    await writer.wrote("kept objects/0");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
    writer.kill("SIGKILL");
    const { stdout, stderr } = await writer.exited;
    expect(stderr).toBe("");
    if (/put \S+\n$/.test(stdout)) interrupted++;
    leftovers += readdirSync(join(root, "%tmp")).filter((name) => name.split(".")[1] === String(writer.pid)).length;

    for (const [, step, key] of stdout.matchAll(/^(\S+) (\S+)\n/gm)) {
      if (step === "kept" || step === "gone") there.set(key!, step === "kept");
      // Begun and perhaps done: a replace leaves an object there, the old one or the new.
      else if (step === "delete" || there.get(key!) !== true) there.delete(key!);
    }
    const keys = await keysOf(storage);
    for (const [key, kept] of there) expect([key, keys.includes(key)]).toEqual([key, kept]);
    for (const key of keys) {
      const bytes = await (await storage.get(key))!.bytes();
      const digest = createHash("sha256").update(bytes.subarray(32)).digest();
      expect(Buffer.compare(digest, bytes.subarray(0, 32))).toBe(0);
    }
  }
  expect(interrupted).toBeGreaterThanOrEqual(8);
  expect(leftovers).toBeGreaterThan(0);
  await script("put").run([root]);
  expect(readdirSync(join(root, "%tmp"))).toEqual([]);
  expect(readdirSync(join(root, "%locks"))).toEqual([]);
  expect(await keysOf(storage)).toContain("after");
});
