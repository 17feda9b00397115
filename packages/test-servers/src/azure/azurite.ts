import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Certificate } from "./certificate.ts";

/** The account that {@link Azurite} has. */
export interface AzureAccount {
  readonly name: string;
  /** Base64. */
  readonly key: string;
}

/** Azurite, the emulator that Microsoft publishes on npm, as a process of its own that keeps all in memory. */
export class Azurite {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /**
   * Resolves once it answers, by http, or by https with a certificate: then it takes tokens too. It ends with this process,
   * however that ends.
   */
  static async start(account: AzureAccount, certificate?: Certificate): Promise<Azurite> {
    // Loading it takes longer inside a test runner than starting it beside, and there it would share the one thread.
    const require = createRequire(import.meta.url);
    const main = require.resolve("azurite/dist/src/blob/main.js");
    const folder = mkdtempSync(join(tmpdir(), "coatcheck-azurite-"));
    const secure = certificate === undefined ? [] : ["--oauth", "basic"];
    for (const [name, pem] of Object.entries(certificate ?? {})) {
      writeFileSync(join(folder, name), pem as string);
      secure.push(`--${name}`, join(folder, name));
    }
    const flags = ["--inMemoryPersistence", "--skipApiVersionCheck", "--silent", "--disableTelemetry"];
    const child = fork(main, ["--blobPort", "0", ...flags, ...secure], {
      cwd: folder,
      execArgv: ["--import", 'data:text/javascript,process.on("disconnect", () => process.exit())'],
      env: { ...process.env, AZURITE_ACCOUNTS: `${account.name}:${account.key}` },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    child.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    return new Azurite(child, await listening(child));
  }

  /** Ends it. Nothing of what it kept is needed any more, so it is not asked to. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await exited;
  }
}

async function listening(child: ChildProcess): Promise<number> {
  return await new Promise((resolve, reject) => {
    let output = "";
    const read = (text: string): void => {
      output += text;
      const [, port] = /successfully listens on https?:\/\/[^:]+:(\d+)/.exec(output) ?? [];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout!.setEncoding("utf8").on("data", read);
    child.stderr!.setEncoding("utf8").on("data", read);
    child.once("error", reject);
    child.once("exit", (code, signal) => reject(new Error(`Azurite ended with ${signal ?? code}.\n${output}`)));
  });
}
