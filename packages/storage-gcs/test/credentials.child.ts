import { gcs } from "@coatcheck/storage-gcs";
import { StorageError } from "@coatcheck/core";

// Puts and gets with the credentials of the environment, or those that are given, and tells how that went.
const [, , endpoint, credentials] = process.argv;
const storage = gcs({
  bucket: "test-bucket",
  // The client of the environment goes where STORAGE_EMULATOR_HOST says, and sends no token there.
  ...(endpoint === "" ? {} : { endpoint: endpoint! }),
  ...(credentials === undefined ? {} : { credentials }),
});
const outcome = await (async () => {
  try {
    await storage.put("key", new Uint8Array([1, 2, 3]));
    return { bytes: [...(await (await storage.get("key"))!.bytes())] };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const { code, detail, retryable, ambiguous } = error;
    return { code, detail, retryable, ambiguous };
  }
})();
console.log(JSON.stringify(outcome));
await storage.close();
