export type { ErrorAnswer, Fault, FaultAction } from "./faults.ts";
export { type Orphan, TestServer } from "./test-server.ts";
export { type S3Account, type S3Operation, S3TestServer, type S3TestServerOptions } from "./s3/server.ts";
export { type AzureAccount, Azurite } from "./azure/azurite.ts";
export { type Certificate, makeCertificate } from "./azure/certificate.ts";
export { type AzureOperation } from "./azure/operations.ts";
export { AzureTestServer } from "./azure/server.ts";
export { GcsTestServer, type GcsOperation, type GcsTestServerOptions } from "./gcs/server.ts";
export type { GcsAccount, GcsPermission } from "./gcs/tokens.ts";
