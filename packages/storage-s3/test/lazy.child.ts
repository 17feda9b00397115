import { s3, type S3Options } from "@coatcheck/storage-s3";

// The SDK leaves this when it is evaluated.
const loaded = (): boolean => "awslambda" in globalThis;
const open = (): ReturnType<typeof s3> => s3(JSON.parse(process.argv[2]!) as S3Options);
const storage = open();
await open().close();
const opened = loaded();
await storage.stat("key").catch(() => {});
console.log(JSON.stringify({ opened, used: loaded() }));
