import { check, equal, show } from "../assert.ts";
import { randomBytes } from "../random.ts";
import type { StorageCase } from "./case.ts";
import { info, listAll } from "./objects.ts";

/** What versions say: equal versions of one key mean equal bytes. */
export const versions: readonly StorageCase[] = [
  {
    name: "versions: put, stat, get and list agree",
    async run({ storage, key, prefix }) {
      const at = key("object");
      for (const seed of [1, 2]) {
        const { version } = await storage.put(at, randomBytes(100, seed));
        check(typeof version === "string" && version !== "", `version: expected some text, got ${show(version)}`);
        const object = await storage.get(at);
        await object?.cancel();
        equal(object?.info.version, version, "version by get, compared with put");
        equal((await info(storage, at)).version, version, "version by stat, compared with put");
        const [listed] = await listAll(storage, { prefix });
        equal(listed?.version, version, "version by list, compared with put");
      }
    },
  },
  {
    name: "versions: other bytes are another version, at the same length and at once too",
    async run({ storage, key }) {
      const at = key("object");
      const seen = new Map<string, number>();
      for (let round = 0; round < 20; round++) {
        const { version } = await storage.put(at, randomBytes(64, round));
        check(!seen.has(version), `version ${show(version)} of put ${round} was that of put ${seen.get(version)}`);
        seen.set(version, round);
      }
    },
  },
  {
    name: "versions: other bytes after a delete are another version",
    async run({ storage, key }) {
      const at = key("object");
      const seen = new Set<string>();
      for (let round = 0; round < 5; round++) {
        const { version } = await storage.put(at, randomBytes(64, round));
        check(!seen.has(version), `version ${show(version)} came back after a delete, for other bytes`);
        seen.add(version);
        await storage.delete(at);
      }
    },
  },
  {
    name: "versions: objects that differ in one byte, wherever it is, have different versions",
    async run({ storage, key, largeBytes }) {
      const at = key("object");
      const bytes = randomBytes(Math.min(largeBytes, 1_000_000));
      const seen = new Map([[(await storage.put(at, bytes)).version, "the first put"]]);
      for (const offset of [0, Math.floor(bytes.byteLength / 2), bytes.byteLength - 1]) {
        const other = bytes.slice();
        other[offset]! ^= 1;
        const { version } = await storage.put(at, other);
        check(!seen.has(version), `version ${show(version)} is that of ${seen.get(version)}: byte ${offset} differs`);
        seen.set(version, `the put that differs in byte ${offset}`);
      }
    },
  },
  {
    name: "versions: reading changes none",
    async run({ storage, key }) {
      const at = key("object");
      const put = await storage.put(at, randomBytes(1000));
      await (await storage.get(at))?.bytes();
      await (await storage.get(at))?.cancel();
      await listAll(storage, { prefix: at });
      equal((await info(storage, at)).version, put.version, "version after it was read");
    },
  },
];
