import { gcs, type GcsOptions } from "@coatcheck/storage-gcs";

// The SDK runs gcloud where it looks for credentials, so that it loads this; nothing else here does.
const { moduleLoadList } = process as unknown as { readonly moduleLoadList: readonly string[] };
const loaded = (): boolean => moduleLoadList.includes("NativeModule child_process");
const open = (): ReturnType<typeof gcs> => gcs(JSON.parse(process.argv[2]!) as GcsOptions);
const storage = open();
await open().close();
const opened = loaded();
await storage.stat("key").catch(() => {});
console.log(JSON.stringify({ opened, used: loaded() }));
