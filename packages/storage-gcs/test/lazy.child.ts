import { createRequire } from "node:module";
import { gcs } from "@coatcheck/storage-gcs";

// What the SDK is made of is required by it, and then kept here.
const { cache } = createRequire(import.meta.url);
const loaded = (): boolean => Object.keys(cache).some((path) => path.includes("google-auth-library"));
const [, , endpoint, credentials] = process.argv;
const open = (): ReturnType<typeof gcs> =>
  gcs({ bucket: "test-bucket", endpoint: endpoint!, credentials: credentials! });
const storage = open();
await open().close();
const opened = loaded();
await storage.stat("key").catch(() => {});
console.log(JSON.stringify({ opened, used: loaded() }));
