import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { repositoryOf, workspace } from "./workspace.ts";

/** How a process ended, and what it wrote. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@link Script.build}. */
export interface BuildOptions {
  /**
   * Which of the packages that core loads by name are in the bundle; default each of them. Others cannot be loaded, and one
   * that does not build is in nobody's way.
   */
  readonly byName?: boolean | readonly string[];
}

/** Options of {@link Script.start}. */
export interface StartOptions {
  /** Run as this user; only root may. */
  readonly uid?: number;
  /** The folder it runs in; default that of this process. */
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** The Node that runs it; default that of this process. */
  readonly node?: string | undefined;
  /** Options of Node. */
  readonly flags?: readonly string[];
}

/** A TypeScript module, bundled so that Node runs it as a process of its own: for races and kills. */
export class Script {
  readonly path: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, "script.mjs");
  }

  /** Bundles the module at the absolute path `entry`; `@coatcheck/x` is the source of that package in this repository. */
  static async build(entry: string, { byName = true }: BuildOptions = {}): Promise<Script> {
    const folder = mkdtempSync(join(tmpdir(), "coatcheck-script-"));
    chmodSync(folder, 0o755); // Other users run it too.
    const script = new Script(folder);
    try {
      await build({
        entryPoints: [entry],
        outfile: script.path,
        bundle: true,
        platform: "node",
        format: "esm",
        target: "node20",
        logLevel: "warning",
        // What is CommonJS and calls require, as some dependencies of serializers do, needs one.
        banner: {
          js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
        },
        plugins: [workspace(repositoryOf(entry), { byName })],
      });
    } catch (error) {
      script.remove();
      throw error;
    }
    return script;
  }

  /** Starts a process that gets `args` in `process.argv.slice(2)`. */
  start(args: readonly (string | number)[] = [], options: StartOptions = {}): TestProcess {
    const { uid, cwd, env = {}, node = process.execPath, flags = [] } = options;
    return new TestProcess(
      spawn(node, [...flags, this.path, ...args.map(String)], {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, ...env },
        ...(cwd === undefined ? {} : { cwd }),
        ...(uid === undefined ? {} : { uid, gid: uid }),
      }),
    );
  }

  /** Runs a process to its end and gives what it wrote to stdout; rejects where it fails. */
  async run(args: readonly (string | number)[] = [], options: StartOptions = {}): Promise<string> {
    const { code, signal, stdout, stderr } = await this.start(args, options).exited;
    if (code === 0) return stdout;
    throw new Error(`The process ended with ${signal ?? code}.\n${stdout}${stderr}`);
  }

  /** Removes the bundle. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A process that {@link Script} has started. */
export class TestProcess {
  readonly pid: number;
  /** Settles when the process has ended and all its output is here. It rejects only where it could not be started. */
  readonly exited: Promise<Exit>;
  readonly #process: ChildProcess;
  #stdout = "";
  #stderr = "";

  constructor(child: ChildProcess) {
    this.#process = child;
    this.pid = child.pid ?? 0;
    child.stdout!.setEncoding("utf8").on("data", (text: string) => (this.#stdout += text));
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.exited = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr }));
    });
  }

  /** What it has written to stdout up to now. */
  get stdout(): string {
    return this.#stdout;
  }

  /** Waits until it has written `text` to stdout; rejects where it ends without. */
  async wrote(text: string): Promise<void> {
    while (!this.#stdout.includes(text)) {
      const more = new Promise<false>((resolve) => this.#process.stdout!.once("data", () => resolve(false)));
      const exit = await Promise.race([more, this.exited]);
      if (exit !== false && !this.#stdout.includes(text)) {
        throw new Error(
          `The process ended with ${exit.signal ?? exit.code} and has not written ${text}.\n${exit.stderr}`,
        );
      }
    }
  }

  /** Sends it a signal. */
  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }
}
