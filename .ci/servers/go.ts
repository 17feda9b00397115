import { spawn } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { NotHere } from "./server.ts";

/** A program that `go install` builds. */
export interface GoProgram {
  /** As in `github.com/minio/minio`. */
  readonly module: string;
  /** The path of the program in the module, as in `cmd/minio`; default the module's root. */
  readonly command?: string;
  /** A version that the module proxy knows; where it refuses tags, a pseudo-version. */
  readonly version: string;
  /** The minor version of Go 1 that it needs. */
  readonly go: number;
}

/** Where the program is, built or not. */
export function programPath({ module, command, version }: GoProgram): string {
  const cache = process.env.COATCHECK_SERVERS_CACHE ?? join(homedir(), ".cache", "coatcheck", "servers");
  return join(cache, `${(command ?? module).split("/").at(-1)!}@${version}`);
}

/** The path of the program, which is built where it is not there from an earlier run; throws {@link NotHere} where it cannot be. */
export async function goInstall(wanted: GoProgram): Promise<string> {
  const { module, command, version, go } = wanted;
  const path = command === undefined ? module : `${module}/${command}`;
  const name = path.split("/").at(-1)!;
  const program = programPath(wanted);
  if (existsSync(program)) return program;
  const found = await run("go", ["env", "GOVERSION"], {}).catch(() => {
    throw new NotHere("there is no Go on this machine to build it with");
  });
  const minor = Number(/^go1\.(\d+)/.exec(found)?.[1] ?? 0);
  if (minor < go) throw new NotHere(`it needs Go 1.${go} to be built, and here is ${found.trim()}`);
  const folder = join(dirname(program), `building-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const started = performance.now();
  console.log(`building ${path}@${version}, which takes some minutes the first time`);
  try {
    const env = { GOBIN: folder, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false", GOTOOLCHAIN: "local" };
    await run("go", ["install", "-trimpath", "-ldflags=-s -w", `${path}@${version}`], env).catch((error: Error) => {
      throw new NotHere(`go install ${path}@${version} failed: ${error.message}`);
    });
    // Renamed, so that a build that was cut short is not taken for one.
    renameSync(join(folder, name), program);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`built ${name} in ${Math.round((performance.now() - started) / 1000)} s`);
  return program;
}

/** What the command writes to stdout; rejects with its last line of stderr where it fails. */
async function run(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-10_000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === 0) return stdout;
  throw new Error(stderr.trim().split("\n").at(-1) ?? `it ended with ${code}`);
}
