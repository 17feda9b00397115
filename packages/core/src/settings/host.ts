import { ConfigurationError } from "../errors.ts";
import { nodeBuiltin } from "../environment.ts";

/** What this module needs of Node's `fs`. */
interface FileSystem {
  openSync(path: string, flags: string, mode?: number): number;
  fstatSync(file: number, options: { bigint: true }): FileStat;
  statSync(path: string, options: { bigint: true; throwIfNoEntry: false }): FileStat | undefined;
  readFileSync(file: number | string, encoding: "utf8"): string;
  readdirSync(path: string): string[];
  realpathSync(path: string): string;
  writeFileSync(file: number, text: string): void;
  fsyncSync(file: number): void;
  closeSync(file: number): void;
  mkdirSync(path: string, options: { mode: number }): unknown;
  linkSync(from: string, to: string): void;
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
}

/** What tells one state of a file from another, and whose it is. */
interface FileStat {
  readonly ino: bigint;
  readonly mtimeNs: bigint;
  readonly mtimeMs: bigint;
  readonly size: bigint;
  readonly uid: bigint;
}

/** What this module needs of Node's `path`. */
interface Paths {
  resolve(...parts: string[]): string;
  join(...parts: string[]): string;
  dirname(path: string): string;
  basename(path: string): string;
}

/** The machine under Node, or under what has Node's modules. */
export interface Host {
  readonly fs: FileSystem;
  readonly paths: Paths;
  readonly cwd: string;
  /** The user's own folder. Throws `InvalidSetting` where there is none. */
  readonly userFolder: string;
}

/** What Windows answers where somebody has the file open for the moment: a reader, or a virus scanner. */
const IN_USE = ["EPERM", "EACCES", "EBUSY"];
/** Milliseconds for which that is waited for, and between two attempts. */
const [PATIENCE, PAUSE] = [5000, 5];

interface ProcessLike {
  readonly platform?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  cwd?(): string;
}

/** The machine's files; undefined in browsers and workers, where there are none. */
export function host(): Host | undefined {
  const fs = nodeBuiltin("fs");
  const paths = nodeBuiltin("path");
  const os = nodeBuiltin("os");
  const cwd = (globalThis as { process?: ProcessLike }).process?.cwd?.();
  if (fs === undefined || paths === undefined || os?.homedir === undefined || cwd === undefined) return undefined;
  const { homedir } = os;
  return {
    fs: patient(fs as FileSystem),
    paths: paths as Paths,
    cwd,
    // Looked for only where it is needed: a user whom the system does not know, as in some containers, has none.
    get userFolder() {
      try {
        return homedir();
      } catch (cause) {
        const message = "This user has no home, neither by HOME nor by the system. Set COATCHECK_HOME to a folder.";
        throw new ConfigurationError("InvalidSetting", message, { cause });
      }
    },
  };
}

// Windows replaces no file that somebody has open, and opens none while it is replaced: there each call is made again.
function patient(fs: FileSystem): FileSystem {
  if ((globalThis as { process?: ProcessLike }).process?.platform !== "win32") return fs;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  return new Proxy(fs, {
    get:
      (target, name) =>
      (...args: unknown[]) => {
        for (const deadline = performance.now() + PATIENCE; ; Atomics.wait(cell, 0, 0, PAUSE)) {
          try {
            return (target as unknown as Record<PropertyKey, (...args: unknown[]) => unknown>)[name]!(...args);
          } catch (error) {
            if (!IN_USE.includes(systemCode(error) ?? "") || performance.now() > deadline) throw error;
          }
        }
      },
  });
}

/** The machine's files, for what cannot do without: `InvalidConfigFile` where there are none. */
export function needHost(): Host {
  const found = host();
  if (found !== undefined) return found;
  throw new ConfigurationError("InvalidConfigFile", "There are no files here to keep settings and blocks in.");
}

/** The environment's variables; none where there is no environment. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return (globalThis as { process?: ProcessLike }).process?.env ?? {};
}

/** The `code` of a system's error. */
export function systemCode(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code;
}
