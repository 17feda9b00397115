import { Storage as Gcs } from "@google-cloud/storage";
import { Report } from "../report.ts";
import { type Client, compare, ours } from "./cloud.ts";
import { bucket, gcsServer, isServer, openGcs } from "./servers.ts";

if (!(await isServer())) {
  const report = new Report("Google Cloud Storage, beside the bare SDK", { peers: ["@google-cloud/storage"] });
  const server = await gcsServer();
  try {
    report.note(`On ${server.name}. CPU is that of the client's process alone.`);
    report.note("The bare SDK puts without a session of upload, and verifies what it gets by crc32c, as ours does.");
    const sdk = new Gcs({
      apiEndpoint: server.endpoint,
      projectId: "none",
      retryOptions: { autoRetry: false },
    });
    const files = sdk.bucket(bucket);
    const bare: Client = {
      name: "bare SDK",
      put: (key, body) => files.file(key).save(body, { resumable: false }),
      get: (key) => files.file(key).download(),
      stat: (key) => files.file(key).getMetadata(),
      delete: (key) => files.file(key).delete(),
    };
    await compare(report, [bare, ours("@coatcheck/storage-gcs", openGcs(server))]);
    await report.save();
  } finally {
    await server.close();
  }
  process.exit();
}
