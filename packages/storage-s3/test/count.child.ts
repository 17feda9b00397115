import { s3 } from "@coatcheck/storage-s3";
import { StorageError } from "@coatcheck/core";

// Adds one to the number at the key "counter", as often as told.
const [, , endpoint, accessKeyId = "", secretAccessKey = "", times] = process.argv;
const storage = s3({ bucket: "test-bucket", endpoint: endpoint!, credentials: { accessKeyId, secretAccessKey } });

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
