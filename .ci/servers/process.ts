import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A server that runs as a process of its own, with a folder of its own. */
export interface ServerProcess {
  readonly url: string;
  /** Ends the process and removes its folder. */
  close(): Promise<void>;
}

/** How a server is started. */
export interface ServerCommand {
  readonly program: string;
  /** Called with a free port and an empty folder. */
  readonly args: (port: number, folder: string) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A path that is answered with 200 when it is ready. */
  readonly ready: string;
}

/** Starts a server on this machine alone and waits until it is ready, a minute at most. */
export async function startServer({ program, args, env = {}, ready }: ServerCommand): Promise<ServerProcess> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-server-"));
  const child = spawn(program, args(port, folder), {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (log = (log + text).slice(-10_000)));
  }
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(String(error)));
    child.once("exit", (code, signal) => resolve(`it ended with ${signal ?? code}`));
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const url = `http://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    kill();
    await exited;
    process.off("exit", kill);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.race([untilReady(url + ready), exited.then((how) => Promise.reject(new Error(how)))]);
  } catch (error) {
    await close();
    throw new Error(`${program} did not start: ${String(error)}\n${log}`, { cause: error });
  }
  return { url, close };
}

async function untilReady(url: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok === true) return;
    if (performance.now() > deadline) throw new Error(`${url} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
