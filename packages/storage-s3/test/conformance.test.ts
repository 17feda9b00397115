import { afterAll, beforeAll, describe, test } from "@jest/globals";
import { s3 } from "@coatcheck/storage-s3";
import { S3TestServer } from "@coatcheck/test-servers";
import { storageConformance } from "@coatcheck/testing";

const credentials = { accessKeyId: "test-access-key", secretAccessKey: "test-secret-key" };
let server: S3TestServer;
beforeAll(async () => {
  server = await S3TestServer.start({ buckets: ["test-bucket"], accounts: [credentials] });
});
afterAll(() => server.close());

describe("s3", () => {
  storageConformance({ test, open: () => s3({ bucket: "test-bucket", endpoint: server.url, credentials }) });
});
