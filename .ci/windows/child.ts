import { StorageError } from "@coatcheck/core";
import { block } from "@coatcheck/core/settings";
import { local } from "@coatcheck/storage-local";

const [, , name, path, mine = ""] = process.argv as [string, string, string, string, string?];
const [text, storage] = [new TextEncoder(), local({ path })];

/** What one of several processes does at once; what it gives is told to the parent. */
const programs: Readonly<Record<string, () => Promise<unknown>>> = {
  async count() {
    for (let added = 0; added < 25;) {
      const object = (await storage.get("count"))!;
      const { version } = object.info;
      const next = Number(new TextDecoder().decode(await object.bytes())) + 1;
      added += await succeeds("Conflict", storage.put("count", text.encode(String(next)), { when: { version } }));
    }
    return "added";
  },
  async create() {
    let won = 0;
    for (let index = 0; index < 40; index++) {
      won += await succeeds("AlreadyExists", storage.put(`created-${index}`, text.encode(mine), { when: "absent" }));
    }
    return won;
  },
  async put() {
    for (;;) {
      await storage.put("object", text.encode(mine.repeat(100_000)));
      process.send!("put");
    }
  },
  async blocks() {
    process.env["COATCHECK_HOME"] = path;
    for (let index = 0; index < 15; index++) await block.save(`memory/of-${mine}-${index}`, { name: "x" });
    return "saved";
  },
};

async function succeeds(unless: string, put: Promise<unknown>): Promise<number> {
  try {
    await put;
    return 1;
  } catch (error) {
    if (error instanceof StorageError && error.code === unless) return 0;
    throw error;
  }
}

try {
  const given = await programs[name]!();
  process.send!(given, () => process.exit(0));
} catch (error) {
  process.send!(error instanceof Error ? error.stack : String(error), () => process.exit(1));
}
