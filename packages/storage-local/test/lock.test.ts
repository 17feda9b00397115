import { spawnSync } from "node:child_process";
import fs, { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { fateOf, ownedName } from "@coatcheck/core/owner";
import { nameOf, startOf } from "@coatcheck/test-support";
import { Locks, ownerText } from "../src/lock.ts";
import { failure, temporaryFolders } from "./support.ts";

const newFolder = temporaryFolders();
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

const deadPid = spawnSync(process.execPath, ["-e", ""]).pid;
const deadName = nameOf({ pid: deadPid });
const elsewhere = "0123456789ab.42.1.abcdef-1";
const onLinux = process.platform === "linux" ? test : test.skip;

test("an owner's text fits into the inode of a link", () => {
  expect(Buffer.byteLength(ownerText())).toBeLessThan(60);
});

describe("a lock", () => {
  let folder: string;
  let locks: Locks;
  let path: string;
  beforeEach(async () => {
    folder = join(newFolder(), "%locks");
    locks = new Locks(folder);
    await locks.hold("key", undefined, () => (path = join(folder, readdirSync(folder)[0]!)));
    expect(readdirSync(folder)).toEqual([]);
  });

  /** Takes the lock and says what was held meanwhile. */
  const take = (signal?: AbortSignal): Promise<string[]> => locks.hold("key", signal, () => readdirSync(folder));
  const taken = (): string[] => [path.slice(folder.length + 1)];

  test("is there while it is held, with its owner, and gone afterwards; after a failure too", async () => {
    await locks.hold("key", undefined, () => expect(fateOf(readlinkSync(path).split(" ")[0]!)).toBe("alive"));
    await expect(
      locks.hold("key", undefined, () => {
        throw new Error("critical");
      }),
    ).rejects.toThrow("critical");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("of a dead owner is taken over at once, and its marks with it", async () => {
    symlinkSync(`${deadName} host`, path);
    expect(await take()).toEqual(taken());
    expect(readdirSync(folder)).toEqual([]);
  });

  test("of a dead owner, whose breaker died too, is taken over at once", async () => {
    const dead = `${deadName} host`;
    symlinkSync(dead, path);
    let mark = "";
    const original = fs.symlinkSync;
    jest.spyOn(fs, "symlinkSync").mockImplementation((target, at) => {
      if (String(at).includes("steal-") && mark === "") {
        // Somebody else was faster by a moment, and died.
        mark = String(at);
        original(`${nameOf({ pid: deadPid })}2 host`, at);
      }
      original(target, at);
    });
    expect(await take()).toEqual(taken());
    expect(mark).not.toBe("");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("of a dead owner is left to a living process that breaks it", async () => {
    jest.useFakeTimers();
    symlinkSync(`${deadName} host`, path);
    const original = fs.symlinkSync;
    let mark = "";
    jest.spyOn(fs, "symlinkSync").mockImplementation((target, at) => {
      if (String(at).includes("steal-") && mark === "") original(`${ownedName()} host`, (mark = String(at)));
      original(target, at);
    });
    let ended = false;
    const taking = take().finally(() => (ended = true));
    await jest.advanceTimersByTimeAsync(5000);
    expect(ended).toBe(false);
    expect(readlinkSync(path)).toBe(`${deadName} host`);
    fs.unlinkSync(mark);
    await jest.advanceTimersByTimeAsync(100);
    expect(await taking).toEqual(taken());
  });

  test("that has another owner by the time it is to be broken is not broken", async () => {
    symlinkSync(`${deadName} host`, path);
    expect(locks.breakIfAbandoned(path, `${deadName}1 host`, 0)).toBe(false);
    expect(readlinkSync(path)).toBe(`${deadName} host`);
    expect(readdirSync(folder)).toEqual(taken());
  });

  test("of an owner that cannot be asked is taken over after 30 seconds without a change", async () => {
    jest.useFakeTimers();
    symlinkSync(`${elsewhere} host`, path);
    let held: string[] | undefined;
    const taking = take().then((names) => (held = names));
    await jest.advanceTimersByTimeAsync(29_000);
    expect(held).toBeUndefined();
    // It was released and taken again: the time begins anew.
    fs.unlinkSync(path);
    symlinkSync(`${elsewhere}2 host`, path);
    await jest.advanceTimersByTimeAsync(29_000);
    expect(held).toBeUndefined();
    await jest.advanceTimersByTimeAsync(2000);
    await taking;
    expect(held).toEqual(taken());
  });

  onLinux("of a living owner is waited for, for a minute", async () => {
    jest.useFakeTimers();
    symlinkSync(`${nameOf({ pid: process.ppid, start: startOf(process.ppid) })} some-host`, path);
    const failed = failure(take(), "Unavailable");
    await jest.advanceTimersByTimeAsync(61_000);
    const error = await failed;
    expect(error.retryable).toBe(true);
    expect(error.message).toContain(`process ${process.ppid} on some-host`);
    expect(readdirSync(folder)).toEqual(taken());
  });

  test("is not waited for any longer once the signal aborts", async () => {
    const own = `${ownedName()} host`;
    symlinkSync(own, path);
    const controller = new AbortController();
    const taking = take(controller.signal);
    setTimeout(() => controller.abort(new Error("enough")), 20);
    await expect(taking).rejects.toThrow("enough");
    expect(readlinkSync(path)).toBe(own);
  });

  test("is given up, and nothing changed, by an owner that stood still", async () => {
    const now = Date.now();
    const standingStill = locks.hold("key", undefined, (confirm) => {
      confirm();
      jest.spyOn(Date, "now").mockReturnValue(now + 11_000);
      confirm();
    });
    const error = await failure(standingStill, "Unavailable");
    expect(error.retryable).toBe(true);
    expect(error.message).toContain("nothing was changed");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("that an owner lost while it stood still stays with the next one", async () => {
    const now = Date.now();
    const next = `${ownedName()} host`;
    const standingStill = locks.hold("key", undefined, (confirm) => {
      jest.spyOn(Date, "now").mockReturnValue(now + 40_000);
      fs.unlinkSync(path);
      symlinkSync(next, path);
      confirm();
    });
    await failure(standingStill, "Unavailable");
    expect(readlinkSync(path)).toBe(next);
  });

  describe("where there are no links", () => {
    beforeEach(() => {
      jest.spyOn(fs, "symlinkSync").mockImplementation(() => {
        throw Object.assign(new Error("EPERM"), { code: "EPERM", syscall: "symlink" });
      });
    });

    test("is a file, which excludes others alike", async () => {
      await locks.hold("key", undefined, () => expect(fateOf(readFileSync(path, "utf8").split(" ")[0]!)).toBe("alive"));
      expect(readdirSync(folder)).toEqual([]);
      writeFileSync(path, `${ownedName()} host`);
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error("enough")), 20);
      await expect(take(controller.signal)).rejects.toThrow("enough");
    });

    test("of a dead owner is taken over", async () => {
      writeFileSync(path, `${deadName} host`);
      expect(await take()).toEqual(taken());
      expect(readdirSync(folder)).toEqual([]);
    });

    test("whose owner died before it had written its name is taken over after 30 seconds", async () => {
      jest.useFakeTimers();
      writeFileSync(path, "");
      let held: string[] | undefined;
      const taking = take().then((names) => (held = names));
      await jest.advanceTimersByTimeAsync(29_000);
      expect(held).toBeUndefined();
      await jest.advanceTimersByTimeAsync(2000);
      await taking;
      expect(held).toEqual(taken());
    });
  });

  test("refuses a folder that may not be written to", async () => {
    mkdirSync(folder, { recursive: true });
    jest.spyOn(fs, "symlinkSync").mockImplementation(() => {
      throw Object.assign(new Error("EACCES"), { code: "EACCES", syscall: "symlink" });
    });
    await expect(take()).rejects.toThrow("EACCES");
  });
});
