import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { GroupCommit } from "../src/group-commit.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("who asks while a run is under way shares the next one with all who do", async () => {
  let runs = 0;
  const commits = new GroupCommit(async () => {
    runs++;
    await turn();
  });
  await Promise.all(Array.from({ length: 1000 }, () => commits.commit("folder")));
  expect(runs).toBe(2);
  await commits.commit("folder");
  expect(runs).toBe(3);
});

test("names do not wait for each other", async () => {
  const commits = new GroupCommit((name) => (name === "slow" ? new Promise<never>(() => {}) : turn()));
  void commits.commit("slow");
  await commits.commit("quick");
});

test("a run that fails fails for those who waited for it, and for nobody else", async () => {
  let runs = 0;
  const commits = new GroupCommit(async () => {
    await turn();
    if (++runs === 2) throw new Error("the disk is full");
  });
  const first = commits.commit("folder");
  const second = commits.commit("folder");
  const third = commits.commit("folder");
  await expect(first).resolves.toBeUndefined();
  await expect(second).rejects.toThrow("the disk is full");
  await expect(third).rejects.toThrow("the disk is full");
  await expect(commits.commit("folder")).resolves.toBeUndefined();
});

test("whenever somebody asks, a run that begins later has ended before the answer", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(fc.nat(5), { maxLength: 20 }), async (scheduler, delays) => {
      let time = 0;
      const began: number[] = [];
      const ended = new Map<number, number>();
      const commits = new GroupCommit(async () => {
        const run = began.push(time++) - 1;
        await scheduler.schedule(Promise.resolve());
        ended.set(run, time++);
      });
      const asking = delays.map(async (delay) => {
        for (let wait = 0; wait < delay; wait++) await scheduler.schedule(Promise.resolve());
        const asked = time++;
        await commits.commit("folder");
        expect(began.some((begin, run) => begin > asked && ended.get(run) !== undefined)).toBe(true);
      });
      await scheduler.waitFor(Promise.all(asking));
      expect(began.length).toBeLessThanOrEqual(delays.length);
    }),
  );
});
