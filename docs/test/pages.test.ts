import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { AzureTestServer, GcsTestServer, S3TestServer } from "@coatcheck/test-servers";
import { runExamples } from "./examples.ts";

test.each([
  "README.md",
  "docs/api.md",
  "docs/caching.md",
  "docs/scaling.md",
  "docs/slugs-and-settings.md",
  "packages/core/README.md",
  "packages/flows/README.md",
  "packages/serializer-compressed/README.md",
  "packages/serializer-encrypted/README.md",
  "packages/serializer-json/README.md",
  "packages/serializer-msgpack/README.md",
  "packages/storage-local/README.md",
])("the examples of %s run and show what it says", async (page) => {
  expect(await runExamples(page)).toContain("all examples ran");
});

test("the examples of packages/storage-s3/README.md run and show what it says", async () => {
  const account = { accessKeyId: "test-access-key", secretAccessKey: "test-secret-key" };
  const server = await S3TestServer.start({ buckets: ["my-bucket"], accounts: [account], region: "eu-west-1" });
  try {
    const env = {
      AWS_ACCESS_KEY_ID: account.accessKeyId,
      AWS_SECRET_ACCESS_KEY: account.secretAccessKey,
      AWS_ENDPOINT_URL_S3: server.url,
    };
    expect(await runExamples("packages/storage-s3/README.md", env)).toContain("all examples ran");
  } finally {
    await server.close();
  }
});

test("the examples of packages/storage-azure/README.md run and show what it says", async () => {
  const server = await AzureTestServer.start({ containers: ["my-container"] });
  try {
    const env = { AZURE_STORAGE_CONNECTION_STRING: server.connectionString };
    expect(await runExamples("packages/storage-azure/README.md", env)).toContain("all examples ran");
  } finally {
    await server.close();
  }
});

test("the examples of packages/storage-gcs/README.md run and show what it says", async () => {
  const server = await GcsTestServer.start({ buckets: ["my-bucket"], accounts: [{ email: "allUsers" }] });
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-pages-"));
  try {
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const file = join(folder, "key.json");
    writeFileSync(
      file,
      JSON.stringify({ type: "service_account", client_email: "reader@example.com", private_key: privateKey }),
    );
    const env = { STORAGE_EMULATOR_HOST: server.url, GOOGLE_APPLICATION_CREDENTIALS: file };
    expect(await runExamples("packages/storage-gcs/README.md", env)).toContain("all examples ran");
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
