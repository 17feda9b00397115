import { generateKeyPairSync } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { gcs } from "@coatcheck/storage-gcs";
import { GcsTestServer } from "@coatcheck/test-servers";
import { storageConformance, type StorageConformanceOptions } from "@coatcheck/testing";
import { probe } from "./gcs-probe.ts";
import { goInstall } from "./go.ts";
import { sameAnswers } from "./likeness.ts";
import { startServer } from "./process.ts";
import type { ForeignServer } from "./server.ts";

const bucket = "test-bucket";

const noConditionalDelete = "it ignores ifGenerationMatch of a delete, and deletes (seen: 200)";
const noSignatures = "it does not look at signatures, and takes a URL for any operation (seen)";

const gaps: Readonly<Record<string, string>> = {
  "remove: delete when { version } deletes that version, else Conflict": noConditionalDelete,
  "races: of a replace and a delete of one version exactly one wins": noConditionalDelete,
  "errors: Conflict of a delete says operation, storage and key": noConditionalDelete,
  "sign: a URL is good for its own key and operation only": noSignatures,
};

/** fake-gcs-server, in memory. */
export const fakeGcsServer: ForeignServer = {
  name: "fake-gcs-server",
  version: "1.56.1",
  async start() {
    const program = await goInstall({ module: "github.com/fsouza/fake-gcs-server", version: "v1.56.1", go: 26 });
    const { url: endpoint, close } = await startServer({
      program,
      args: (port, folder) => {
        // A folder of its data is a bucket.
        mkdirSync(join(folder, bucket));
        const address = ["-scheme", "http", "-host", "127.0.0.1", "-port", String(port)];
        const urls = ["-external-url", `http://127.0.0.1:${port}`, "-public-host", `127.0.0.1:${port}`];
        return [...address, ...urls, "-backend", "memory", "-data", folder, "-log-level", "error"];
      },
      ready: "/_internal/healthcheck",
    });
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    // Outside of Google's public universe the SDK signs tokens itself, and asks Google for none.
    const credentials = { client_email: "a@b", private_key: privateKey, universe_domain: "universe.invalid" };
    const kit = (prefix?: string): Omit<StorageConformanceOptions, "test"> => ({
      open: () => gcs({ bucket, endpoint, credentials, ...(prefix === undefined ? {} : { prefix }) }),
      racers: 50,
      gaps,
    });
    return {
      suites: [
        { name: "bare", define: (test) => storageConformance({ test, ...kit() }) },
        { name: "under a prefix", define: (test) => storageConformance({ test, ...kit("some/prefix") }) },
        sameAnswers("GCS: what fake-gcs-server answers otherwise", "fake-gcs-server", async () => {
          const ours = await GcsTestServer.start({ buckets: [bucket], accounts: [{ email: "allUsers" }] });
          try {
            return [await probe({ endpoint: ours.url, bucket }), await probe({ endpoint, bucket })];
          } finally {
            await ours.close();
          }
        }),
      ],
      close,
    };
  },
};
