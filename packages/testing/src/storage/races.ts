import { type Storage, StorageError } from "@coatcheck/core";
import { check, equal, firstDifferentByte, show } from "../assert.ts";
import { pieces } from "../chunks.ts";
import { randomBytes } from "../random.ts";
import type { StorageCase } from "./case.ts";
import { expectNothing, expectObject, read, streamOf } from "./objects.ts";

/** Runs all at once, or each when the one before has ended: how many succeeded, and what the others threw. */
async function race<T>(
  attempts: readonly (() => Promise<T>)[],
  inTurn = false,
): Promise<{ won: number[]; errors: unknown[] }> {
  const running: Promise<T>[] = [];
  for (const attempt of attempts) {
    running.push(attempt());
    if (inTurn) await Promise.allSettled(running);
  }
  const settled = await Promise.allSettled(running);
  return {
    won: settled.flatMap(({ status }, index) => (status === "fulfilled" ? [index] : [])),
    errors: settled.flatMap((each) => (each.status === "rejected" ? [each.reason] : [])),
  };
}

function expectOneWinner(outcome: { won: number[]; errors: unknown[] }, code: string, what: string): number {
  for (const error of outcome.errors) {
    check(
      error instanceof StorageError,
      `${what}: expected a StorageError ${code} for those who lost, got ${show(error)}`,
    );
    equal(error.code, code, `${what}: code for those who lost`);
  }
  equal(outcome.won.length, 1, `${what}: how many won`);
  return outcome.won[0]!;
}

/** Reads that a reader makes at most while others write: one that waits for a writer that hangs must end. */
const READS = 500;

/** Lets timers and the network have their turn: reads that are answered at once would starve the writers. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Has two readers look again and again until `writing` has ended. */
async function readBeside(writing: Promise<unknown>, look: () => Promise<void>): Promise<void> {
  let ended = false;
  const reader = async (): Promise<void> => {
    for (let round = 0; round < READS; round++) {
      await look();
      if (ended) return;
      await turn();
    }
  };
  await Promise.all([writing.finally(() => (ended = true)), reader(), reader()]);
}

/** Adds 1 to the number in the object, again and again until nobody came in between. */
async function increment(storage: Storage, at: string): Promise<void> {
  for (let attempt = 0; attempt < READS * 4; attempt++) {
    const object = await storage.get(at);
    check(object !== undefined, `get(${show(at)}) while it is replaced: there is none`);
    const { version } = object.info;
    const count = Number(new TextDecoder().decode(await object.bytes()));
    if (attempt > 0) await turn();
    try {
      await storage.put(at, new TextEncoder().encode(String(count + 1)), { when: { version } });
      return;
    } catch (error) {
      if (!(error instanceof StorageError && error.code === "Conflict")) throw error;
    }
  }
  check(false, `${show(at)} could not be replaced in ${READS * 4} attempts`);
}

/** What happens when several do it at once. */
export const races: readonly StorageCase[] = [
  {
    name: "races: of those who create one key at once exactly one wins, and its bytes are there",
    needs: ["create"],
    async run(context) {
      const { storage, key, racers } = context;
      const second = await context.open();
      const places = second.url === storage.url ? [storage, second] : [storage];
      for (let round = 0; round < 5; round++) {
        const at = key(`object-${round}`);
        const bodies = Array.from({ length: racers }, (_, index) => randomBytes(2000 + index, index + 1));
        const outcome = await race(
          bodies.map((body, index) => () => {
            const place = places[index % places.length]!;
            const sent = index % 3 === 0 ? streamOf(pieces(body, 700)) : body;
            return place.put(at, sent, { when: "absent", size: body.byteLength });
          }),
        );
        const winner = expectOneWinner(outcome, "AlreadyExists", `${racers} creates at once`);
        await expectObject(storage, at, bodies[winner]!, "after a race to create it");
      }
    },
  },
  {
    name: "races: of those who create one key at once with large bodies exactly one wins",
    needs: ["create"],
    async run({ storage, key, largeBytes }) {
      const at = key("object");
      const bodies = [1, 2, 3].map((seed) => randomBytes(largeBytes, seed));
      const outcome = await race(bodies.map((body) => () => storage.put(at, body, { when: "absent" })));
      const winner = expectOneWinner(outcome, "AlreadyExists", "3 large creates at once");
      await expectObject(storage, at, bodies[winner]!, "after a race to create it");
    },
  },
  {
    name: "races: of those who replace one version at once exactly one wins",
    needs: ["replace"],
    async run({ storage, key, racers }) {
      const at = key("object");
      const { version } = await storage.put(at, randomBytes(10));
      const bodies = Array.from({ length: racers }, (_, index) => randomBytes(2000, index + 1));
      const outcome = await race(bodies.map((body) => () => storage.put(at, body, { when: { version } })));
      const winner = expectOneWinner(outcome, "Conflict", `${racers} replaces of one version at once`);
      await expectObject(storage, at, bodies[winner]!, "after a race to replace it");
    },
  },
  {
    name: "races: read, add one, replace: no update is lost",
    needs: ["replace"],
    async run(context) {
      const { storage, key, racers } = context;
      const at = key("counter");
      const second = await context.open();
      const places = second.url === storage.url ? [storage, second] : [storage];
      await storage.put(at, new TextEncoder().encode("0"));
      const workers = Array.from({ length: racers }, async (_, index) => {
        for (let round = 0; round < 4; round++) await increment(places[index % places.length]!, at);
      });
      await Promise.all(workers);
      equal(Number(new TextDecoder().decode(await read(storage, at))), racers * 4, "the count after all updates");
    },
  },
  {
    name: "races: of those who delete one version at once exactly one wins",
    needs: ["remove"],
    async run(context) {
      const { storage, key, racers } = context;
      const at = key("object");
      const { version } = await storage.put(at, randomBytes(10));
      const outcome = await race(Array.from({ length: racers }, () => () => storage.delete(at, { when: { version } })));
      expectOneWinner(outcome, "Conflict", `${racers} deletes of one version at once`);
      await expectNothing(context, at, "after a race to delete it");
    },
  },
  {
    name: "races: of a replace and a delete of one version exactly one wins",
    needs: ["replace", "remove"],
    async run(context) {
      const { storage, key } = context;
      const replaced = randomBytes(500, 9);
      for (let round = 0; round < 10; round++) {
        const at = key(`object-${round}`);
        const { version } = await storage.put(at, randomBytes(10));
        const when = { version };
        const replace = (): Promise<unknown> => storage.put(at, replaced, { when });
        const remove = (): Promise<unknown> => storage.delete(at, { when });
        const attempts = round % 2 === 0 ? [replace, remove] : [remove, replace];
        // In turn first, in either order: whoever forgets one of the conditions may pass all that is at once by luck.
        const outcome = await race(attempts, round < 2);
        const what = `a replace and a delete of one version, ${round < 2 ? "one after the other" : "at once"}`;
        const winner = expectOneWinner(outcome, "Conflict", what);
        if (attempts[winner] === replace) await expectObject(storage, at, replaced, "after the replace won");
        else await expectNothing(context, at, "after the delete won");
      }
    },
  },
  {
    name: "races: puts of one key at once leave one of the bodies, whole; readers see whole ones",
    async run({ storage, key, racers }) {
      const at = key("object");
      const bodies = Array.from({ length: racers }, (_, index) => randomBytes(100_000 + index * 1000, index + 1));
      await storage.put(at, bodies[0]!);
      const whole = (bytes: Uint8Array): boolean =>
        bodies.some((body) => firstDifferentByte(body, bytes) === undefined);
      await readBeside(Promise.all(bodies.map((body) => storage.put(at, body))), async () => {
        const bytes = await read(storage, at);
        check(whole(bytes), `a reader got ${bytes.byteLength} bytes that nobody put as they are`);
      });
      check(whole(await read(storage, at)), "the object is none of the bodies that were put");
    },
  },
  {
    name: "races: what get gives while it is replaced belongs together: bytes, size and version",
    async run({ storage, key }) {
      const at = key("object");
      const put = new Map<string, Uint8Array>();
      const write = async (round: number): Promise<void> => {
        const bytes = randomBytes(1000 + round, round + 1);
        put.set((await storage.put(at, bytes)).version, bytes);
      };
      await write(0);
      const seen: { version: string; size: number; bytes: Uint8Array }[] = [];
      const writer = async (): Promise<void> => {
        for (let round = 1; round <= 20; round++) await write(round);
      };
      await readBeside(writer(), async () => {
        const object = await storage.get(at);
        check(object !== undefined, "get of an object that is being replaced: there is none");
        seen.push({ version: object.info.version, size: object.info.size, bytes: await object.bytes() });
      });
      for (const { version, size, bytes } of seen) {
        const expected = put.get(version);
        check(expected !== undefined, `get gave the version ${show(version)}, which no put gave`);
        equal(size, expected.byteLength, `size beside the version ${show(version)}`);
        check(firstDifferentByte(bytes, expected) === undefined, `the bytes are not those of the version beside them`);
      }
    },
  },
  {
    name: "races: a put beside the delete of its neighbour keeps what was put",
    async run({ storage, key }) {
      const body = randomBytes(100);
      for (let round = 0; round < 20; round++) {
        const [stays, goes] = [key(`folder-${round}/deep/stays`), key(`folder-${round}/deep/goes`)];
        await storage.put(goes, body);
        await Promise.all([storage.delete(goes), storage.put(stays, body)]);
        await expectObject(storage, stays, body, "after its neighbour was deleted at the same time");
      }
    },
  },
];
