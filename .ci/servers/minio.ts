import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { goInstall, type GoProgram } from "./go.ts";
import { type ServerProcess, startServer } from "./process.ts";
import { likeness } from "./s3-likeness.ts";
import { leastPermissions } from "./s3-permissions.ts";
import { bucket, s3Suites } from "./s3-suites.ts";
import type { ForeignServer } from "./server.ts";

/** Those of its owner. */
export const minioCredentials = { accessKeyId: "minio-access-key", secretAccessKey: "minio-secret-key" } as const;

const noConditionalDelete =
  "it ignores If-Match of DeleteObject, which the storage finds out and refuses with NotSupported (minio/minio#21677)";
const noObjectAbove =
  "of an object a and an object a/b it lists only a (min.io/docs/minio/linux/operations/concepts/thresholds.html, conflicting objects)";
const shortSegments =
  "a segment of a key has at most 255 characters (min.io/docs/minio/linux/operations/concepts/thresholds.html)";

const gaps: Readonly<Record<string, string>> = {
  "remove: delete when { version } deletes that version, else Conflict": noConditionalDelete,
  "remove: delete when { version } of a key that is not there is Conflict": noConditionalDelete,
  "races: of those who delete one version at once exactly one wins": noConditionalDelete,
  "races: of a replace and a delete of one version exactly one wins": noConditionalDelete,
  "errors: Conflict of a delete says operation, storage and key": noConditionalDelete,
  "list: in the order of the keys' UTF-8 bytes, beyond U+FFFF too": noObjectAbove,
  "list: in the same order page by page, with every limit; no page above it": noObjectAbove,
  "list: the same cursor gives the same rest again": noObjectAbove,
  "list: a prefix is any text, not only whole segments, and nothing in it is a pattern": noObjectAbove,
  "list: a prefix can end inside a segment, at a / and deep in the tree": noObjectAbove,
  "list: an object above others is listed beside them": noObjectAbove,
  "keys: spaces, also at the ends are kept as they are and told apart": noObjectAbove,
  "keys: names like those of temporary files and of folders are kept as they are and told apart": noObjectAbove,
  "keys: an object beside objects below it are kept as they are and told apart": noObjectAbove,
  "keys: 1024 bytes": shortSegments,
  "keys: 1024 bytes of emoji": shortSegments,
  "keys: 1024 bytes of percent signs": shortSegments,
  "visibility: a reader that began before a replace or delete never gets a mix":
    "a put of a key waits until those who are reading the object have ended (seen: its get holds a lock while it sends)",
};

/** The last release whose sources are public. The module proxy refuses its tags, so that it is named by its commit. */
export const minioProgram: GoProgram = {
  module: "github.com/minio/minio",
  version: "v0.0.0-20260212201848-7aac2a2c5b7c",
  go: 24,
};

/** Starts MinIO with the bucket that the tests use. */
export async function startMinio(program: string): Promise<ServerProcess> {
  return await startServer({
    program,
    args: (port, folder) => {
      mkdirSync(join(folder, bucket));
      return ["server", folder, "--address", `127.0.0.1:${port}`, "--quiet"];
    },
    env: {
      MINIO_ROOT_USER: minioCredentials.accessKeyId,
      MINIO_ROOT_PASSWORD: minioCredentials.secretAccessKey,
      // Without, it takes signatures for any region.
      MINIO_SITE_REGION: "us-east-1",
      MINIO_BROWSER: "off",
      MINIO_UPDATE: "off",
    },
    ready: "/minio/health/cluster",
  });
}

/** MinIO, which has users and policies, and keeps objects in a layout of its own. */
export const minio: ForeignServer = {
  name: "minio",
  version: "2026-02-12 (7aac2a2c5b7c)",
  async start() {
    const { url: endpoint, close } = await startMinio(await goInstall(minioProgram));
    const server = { endpoint, credentials: minioCredentials, gaps };
    return { suites: [likeness(server, "MinIO"), ...s3Suites(server), ...leastPermissions(server)], close };
  },
};
