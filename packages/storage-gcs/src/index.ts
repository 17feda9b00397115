export { gcs, type GcsCredentials, type GcsOptions, gcsPlugin as default } from "./plugin.ts";
