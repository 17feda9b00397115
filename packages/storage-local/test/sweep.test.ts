import { spawnSync } from "node:child_process";
import { existsSync, lutimesSync, readdirSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, jest, test } from "@jest/globals";
import { local } from "@coatcheck/storage-local";
import { ownedName } from "@coatcheck/core/owner";
import { foreign, keysOf, temporaryFolders, text } from "./support.ts";

const folder = temporaryFolders();
afterEach(() => {
  jest.useRealTimers();
});

const [machine, , start] = ownedName().split(".");
const dead = `${machine}.${spawnSync(process.execPath, ["-e", ""]).pid}.${start}.abcdef-1`;
const elsewhere = "0123456789ab.42.1.abcdef-1";
const now = Date.now() / 1000;

test("the first put removes what the dead left, and nothing else", async () => {
  const root = folder();
  const leave = (name: string, age = 0): void => utimesSync(foreign(root, `%tmp/${name}`), now - age, now - age);
  leave(dead);
  const own = ownedName();
  leave(own);
  leave(elsewhere);
  leave(`${elsewhere}a`, 2 * 86_400);
  leave("somebody's own");
  foreign(root, "%locks/x");
  const lock = (name: string, owner: string, age = 0): void => {
    symlinkSync(`${owner} host`, join(root, "%locks", name));
    lutimesSync(join(root, "%locks", name), now - age, now - age);
  };
  lock("dead", dead);
  lock("steal-dead", `${dead}b`);
  lock("elsewhere", elsewhere);
  lock("elsewhere-old", `${elsewhere}c`, 2 * 86_400);
  lock("alive", own, 2 * 86_400);

  const storage = local({ path: root });
  expect(await keysOf(storage)).toEqual([]);
  expect(existsSync(join(root, "%tmp", dead))).toBe(true);
  await storage.put("key", text("v"));
  expect(readdirSync(join(root, "%tmp")).toSorted()).toEqual([own, elsewhere, "somebody's own"].toSorted());
  expect(readdirSync(join(root, "%locks")).toSorted()).toEqual(["alive", "elsewhere", "x"]);
  expect(await keysOf(storage)).toEqual(["key"]);
});

test("it is done once, for all storages of a process at one root, and again an hour later", async () => {
  jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate", "queueMicrotask"] });
  const root = folder();
  await local({ path: root }).put("key", text("v"));
  const left = foreign(root, `%tmp/${dead}`);
  await local({ path: root }).put("key", text("v"));
  await local({ path: `${root}/` }).put("key", text("v"));
  expect(existsSync(left)).toBe(true);
  jest.advanceTimersByTime(3_600_001);
  await local({ path: root }).put("key", text("v"));
  expect(existsSync(left)).toBe(false);
});
