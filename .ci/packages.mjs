// What the checks of packed packages share.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = new URL("..", import.meta.url).pathname;

/** Runs a command to its end and gives what it printed; throws with all of that where it fails. */
export function run(command, args, cwd, env = {}) {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: "pipe", env: { ...process.env, ...env } });
  } catch (error) {
    throw new Error(`${command} ${args.join(" ")} in ${cwd}:\n${error.stdout}${error.stderr}`, { cause: error });
  }
}

/** The packages that are published: their folders and manifests. */
export const packages = readdirSync(join(root, "packages"))
  .map((name) => join(root, "packages", name))
  .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) }))
  .filter(({ manifest }) => manifest.private !== true);

/** Packs a folder into `into`; gives the tarball's path and the paths of what is in it. */
export function pack(folder, into) {
  const [{ filename, files }] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", into], folder));
  return { tarball: join(into, filename), paths: files.map(({ path }) => path) };
}
