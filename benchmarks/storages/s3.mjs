// The S3 storage beside the bare SDK and the libraries one would pick instead: node benchmarks/storages/s3.mjs [ENDPOINT]
//
// On MinIO where `npm run test:servers` has built it, else on our test server in a process of its own; ENDPOINT names another
// server, with a bucket test-bucket, for the credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. CPU is that of this process.
import { run } from "../run.mjs";

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
await run(new URL("s3.ts", import.meta.url));
