import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { goInstall } from "./go.ts";
import { startServer } from "./process.ts";
import { IN_PARTS, s3Suites } from "./s3-suites.ts";
import type { ForeignServer } from "./server.ts";

const credentials = { accessKeyId: "versity-access-key", secretAccessKey: "versity-secret-key" };

const filesBelow =
  "it keeps keys as files: where an object a is, it takes no a/b, and the other way round (seen: 409 ObjectParentIsFile, ExistingObjectIsDirectory)";
const noConditionalDelete =
  "where there is no object, it ignores If-Match of DeleteObject; the storage takes it for a service without and refuses with NotSupported (seen: 204)";
const shortSegments = "a segment of a key has at most 255 bytes, as the name of a file has (seen: KeyTooLongError)";

const gaps: Readonly<Record<string, string>> = {
  "delete: a repeat, and a key that never was, succeed": filesBelow,
  "create: objects above and below the key are not in its way": filesBelow,
  "list: in the order of the keys' UTF-8 bytes, beyond U+FFFF too": filesBelow,
  "list: in the same order page by page, with every limit; no page above it": filesBelow,
  "list: the same cursor gives the same rest again": filesBelow,
  "list: a prefix can end inside a segment, at a / and deep in the tree": filesBelow,
  "list: an object above others is listed beside them": filesBelow,
  "list: size, version and modifiedAt are those of stat": filesBelow,
  "keys: spaces, also at the ends are kept as they are and told apart": filesBelow,
  "keys: names like those of temporary files and of folders are kept as they are and told apart": filesBelow,
  "keys: an object beside objects below it are kept as they are and told apart": filesBelow,
  "remove: delete when { version } deletes that version, else Conflict": noConditionalDelete,
  "remove: delete when { version } of a key that is not there is Conflict": noConditionalDelete,
  "races: of those who delete one version at once exactly one wins": noConditionalDelete,
  "races: of a replace and a delete of one version exactly one wins": noConditionalDelete,
  "errors: Conflict of a delete says operation, storage and key": noConditionalDelete,
  "keys: 1024 bytes": shortSegments,
  "keys: 1024 bytes of emoji": shortSegments,
  "keys: 1024 bytes of percent signs": shortSegments,
  "keys: long ones that differ at the end only are told apart": shortSegments,
  "keys: invisible and direction-changing characters are kept as they are and told apart":
    "it lists U+FFFE and U+FFFF in keys as U+FFFD (seen)",
};

/** Versity S3 Gateway, which keeps objects as files. */
export const versitygw: ForeignServer = {
  name: "versitygw",
  version: "1.8.0",
  async start() {
    const program = await goInstall({
      module: "github.com/versity/versitygw",
      command: "cmd/versitygw",
      version: "v1.8.0",
      go: 25,
    });
    const { url: endpoint, close } = await startServer({
      program,
      args: (port, folder) => {
        mkdirSync(join(folder, "data", "test-bucket"), { recursive: true });
        return [
          "--port",
          `127.0.0.1:${port}`,
          "--quiet",
          "--keep-alive",
          "--health",
          "/health",
          "posix",
          join(folder, "data"),
        ];
      },
      env: { ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
      ready: "/health",
    });
    // It refuses a large body before it has read it, and closes the connection: its answer is lost as often as not, and what
    // has become of the write is then told as Unknown, as it must be. In parts the condition comes with no body.
    return { suites: s3Suites({ endpoint, credentials, gaps, largeBytes: IN_PARTS }), close };
  },
};
