// Runs the conformance kit on servers that are not ours, which are built from pinned sources into a folder that is kept between
// runs: ~/.cache/coatcheck/servers, or COATCHECK_SERVERS_CACHE. Names as arguments choose among them; --gaps shows how the known
// gaps fail. On Azurite, which comes from npm and runs the kit in `npm test`, it runs what takes too long there.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundle } from "./bundle.mjs";

const root = new URL("..", import.meta.url).pathname;
const folder = join(root, "node_modules", ".cache", "servers");
await bundle(
  {
    main: join(root, ".ci", "servers", "main.ts"),
    child: join(root, "packages", "test-support", "src", "cloud", "child.ts"),
  },
  folder,
  // The child opens its storage by name; nothing else is.
  /\/storage-(s3|azure)$/,
);
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
const { main } = await import(pathToFileURL(join(folder, "main.mjs")).href);
process.exit(await main(process.argv.slice(2)));
