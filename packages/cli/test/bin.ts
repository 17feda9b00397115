import { type ChildProcessByStdio, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, jest } from "@jest/globals";
import { build } from "esbuild";

const packages = join(__dirname, "../..");

/** How the command ended, and what it wrote. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@link Bin.start}. */
interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A command that runs. */
export type Running = ChildProcessByStdio<Writable, Readable, Readable>;

/** The command line as users have it: built, run by Node as a process, in an empty folder with an empty home. */
export interface Bin {
  /** The current folder of each test. */
  readonly cwd: string;
  /** COATCHECK_HOME of each test. */
  readonly home: string;
  start(args: readonly string[], options?: StartOptions): Running;
  /** Runs it to its end, with `input` on standard input. */
  run(args: readonly string[], options?: StartOptions & { readonly input?: string | Uint8Array }): Promise<Outcome>;
  /** The environment of a shell in which `coatcheck` is the command. */
  shellEnv(): Record<string, string>;
  /** Runs it, and gives what it printed; rejects unless it exits with 0. */
  ok(...args: readonly string[]): Promise<string>;
  /** The same, each line of output parsed as JSON. */
  json(...args: readonly string[]): Promise<any[]>;
}

/** Builds the command before the tests of a file, in pieces that are loaded when they are needed, as when it is installed. */
export function useBin(): Bin {
  // A test runs the command dozens of times, on a machine that may be busy.
  jest.setTimeout(180_000);
  let built = "";
  let folder = "";
  beforeAll(async () => {
    // Where the packages that are not the repository's own are found.
    built = mkdtempSync(join(packages, "../node_modules/.cli-"));
    cpSync(join(packages, "cli/package.json"), join(built, "package.json"));
    symlinkSync(join(packages, "cli/node_modules"), join(built, "node_modules"));
    await build({
      entryPoints: [join(packages, "cli/src/main.ts")],
      outdir: join(built, "dist"),
      bundle: true,
      splitting: true,
      platform: "node",
      format: "esm",
      target: "node20",
      logLevel: "error",
      plugins: [
        {
          name: "workspace",
          setup(builder) {
            builder.onResolve({ filter: /^@coatcheck\// }, ({ path }) => {
              const [, name, ...subpath] = path.split("/");
              return { path: join(packages, name!, "src", ...subpath, "index.ts") };
            });
            builder.onResolve({ filter: /^[^./]/ }, ({ path }) => ({ path, external: true }));
          },
        },
      ],
    });
  });
  beforeAll(() => {
    mkdirSync(join(built, "bin"));
    writeFileSync(
      join(built, "bin/coatcheck"),
      `#!/bin/sh\nexec "${process.execPath}" "${built}/dist/main.js" "$@"\n`,
      {
        mode: 0o755,
      },
    );
  });
  afterAll(() => rmSync(built, { recursive: true, force: true }));
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "coatcheck-cli-")));
    mkdirSync(join(folder, "work"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const bin: Bin = {
    get cwd() {
      return join(folder, "work");
    },
    get home() {
      return join(folder, "home");
    },
    start(args, { env = {}, cwd = bin.cwd } = {}) {
      return spawn(process.execPath, [join(built, "dist/main.js"), ...args], {
        cwd,
        env: { ...bin.shellEnv(), ...env },
        stdio: ["pipe", "pipe", "pipe"],
      });
    },
    async run(args, { input = "", ...options } = {}) {
      const child = bin.start(args, options);
      child.stdin.on("error", () => undefined).end(input);
      return await outcomeOf(child);
    },
    shellEnv() {
      const apart = /^(COATCHECK|AWS|AZURE|GOOGLE)_/;
      const inherited = Object.entries(process.env).filter(([name]) => !apart.test(name));
      const env = { ...(Object.fromEntries(inherited) as Record<string, string>), COATCHECK_HOME: bin.home };
      return { ...env, PATH: `${join(built, "bin")}:${process.env["PATH"]}` };
    },
    async ok(...args) {
      const outcome = await bin.run(args);
      if (outcome.code !== 0)
        throw new Error(`coatcheck ${args.join(" ")} exited with ${outcome.code}: ${outcome.stderr}`);
      return outcome.stdout;
    },
    async json(...args) {
      const lines = (await bin.ok(...args, "--json")).trim().split("\n");
      return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as unknown);
    },
  };
  return bin;
}

/** Waits for the command to end. */
export async function outcomeOf(child: Running): Promise<Outcome> {
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
