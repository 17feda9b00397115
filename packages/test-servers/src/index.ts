export { type Fault, type FaultAction } from "./s3/faults.ts";
export { type S3Account, type S3Operation, S3TestServer, type S3TestServerOptions } from "./s3/server.ts";
