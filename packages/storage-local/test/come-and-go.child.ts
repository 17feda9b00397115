import { local } from "@coatcheck/storage-local";

// Puts and deletes in a folder that others fill and empty at the same time; what it has put must be there.
const [, , path, name, rounds] = process.argv;
const storage = local({ path: path!, durability: "none" });
const key = `deep/folder/${name}`;
for (let round = 0; round < Number(rounds); round++) {
  await storage.put(key, new TextEncoder().encode(name), { when: round % 2 === 0 ? "absent" : "any" });
  const bytes = await (await storage.get(key))?.bytes();
  if (bytes === undefined || new TextDecoder().decode(bytes) !== name) throw new Error(`Round ${round}: it is gone.`);
  await storage.delete(key);
}
