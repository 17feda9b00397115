export { type Fault, type FaultAction } from "./faults.ts";
export { type S3Account, type S3Operation, S3TestServer, type S3TestServerOptions } from "./s3/server.ts";
