import { gcs } from "@coatcheck/storage-gcs";
import { StorageError } from "@coatcheck/core";

// Adds one to the number at the key "counter", as often as told.
const [, , endpoint, credentials, times] = process.argv;
const storage = gcs({ bucket: "test-bucket", endpoint: endpoint!, credentials: credentials! });

async function addOne(): Promise<boolean> {
  const object = await storage.get("counter");
  const value = Number(new TextDecoder().decode(await object!.bytes()));
  try {
    const next = new TextEncoder().encode(String(value + 1));
    await storage.put("counter", next, { when: { version: object!.info.version } });
    return true;
  } catch (error) {
    if (error instanceof StorageError && error.code === "Conflict") return false;
    throw error;
  }
}

for (let kept = 0; kept < Number(times);) if (await addOne()) kept++;
await storage.close();
