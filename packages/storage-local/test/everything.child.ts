import { StorageError } from "@coatcheck/core";
import { local } from "@coatcheck/storage-local";

// Tries everything on the storage in the folder that is given, and prints what came of it.
const storage = local({ path: process.argv[2]! });
const text = new TextEncoder().encode("new");
const calls: Record<string, () => Promise<unknown>> = {
  read: async () => new TextDecoder().decode(await (await storage.get("there"))!.bytes()),
  list: async () => (await storage.list()).objects.map(({ key }) => key),
  put: () => storage.put("there", text),
  create: () => storage.put("new/one", text, { when: "absent" }),
  replace: async () => storage.put("there", text, { when: { version: (await storage.stat("there"))!.version } }),
  delete: () => storage.delete("there"),
};
const outcomes: Record<string, unknown> = {};
for (const [name, call] of Object.entries(calls)) {
  outcomes[name] = await call().catch((error: unknown) => {
    if (error instanceof StorageError) return error.code;
    throw error;
  });
}
console.log(JSON.stringify(outcomes));
