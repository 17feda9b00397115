import { ConfigurationError } from "../errors.ts";
import { nodeBuiltin, randomId } from "../environment.ts";
import { checkConfig, parseConfig, userFile } from "./config-file.ts";
import { type Host, needHost, systemCode } from "./host.ts";
import { loadHome } from "./load.ts";

/** Milliseconds after which what a killed process has left beside the file is removed. */
const LEFTOVER = 3_600_000;

/**
 * Changes the user's file: `change` gets what is in it and changes that in place; it may be called several times. Readers
 * see the file before or after, whole, and of any number of processes that change it at once none loses another's change.
 *
 * There is no lock that the end of a process could leave behind. A change of content C is claimed by making the file
 * `config.json.after-<hash of C>`, which holds all of the new content and which only one can make; then that is renamed
 * to `config.json`. Who finds C claimed finishes the other's change, and begins anew with its own.
 */
export function updateUserFile(change: (config: Record<string, unknown>) => void): void {
  const machine = needHost();
  const home = loadHome(machine);
  const path = userFile(machine, home);
  try {
    machine.fs.mkdirSync(home, { recursive: true, mode: 0o700 });
    const target = targetOf(machine, path);
    while (!attempt(machine, target, change));
    sweep(machine, target);
  } catch (cause) {
    if (systemCode(cause) === undefined || cause instanceof ConfigurationError) throw cause;
    const message = `${path} cannot be written (${systemCode(cause)}). Make its folder writable, or set COATCHECK_HOME to another one.`;
    throw new ConfigurationError("NotWritable", message, { cause });
  }
}

function attempt(machine: Host, path: string, change: (config: Record<string, unknown>) => void): boolean {
  const { fs } = machine;
  const before = textOf(machine, path);
  const claim = claimOf(path, before);
  const config = before === undefined ? {} : parseConfig(before, path);
  checkConfig(config, path);
  change(config);
  const temporary = `${path}.${randomId()}.tmp`;
  writeWhole(machine, temporary, `${JSON.stringify(config, null, 2)}\n`);
  try {
    fs.linkSync(temporary, claim);
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    if (textOf(machine, path) === before) rename(machine, claim, path);
    return false;
  } finally {
    fs.unlinkSync(temporary);
  }
  if (textOf(machine, path) === before) {
    rename(machine, claim, path);
    return true;
  }
  try {
    // The content had changed before it was claimed.
    fs.unlinkSync(claim);
    return false;
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    // It had not: somebody has finished this change meanwhile.
    return true;
  }
}

// Who keeps the file elsewhere and has a link here keeps the link.
function targetOf({ fs }: Host, path: string): string {
  try {
    return fs.realpathSync(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return path;
    throw error;
  }
}

function textOf({ fs }: Host, path: string): string | undefined {
  try {
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function claimOf(path: string, text: string | undefined): string {
  const hash = nodeBuiltin("crypto")!.createHash!("sha256");
  hash.update(new TextEncoder().encode(text ?? ""));
  return `${path}.after-${text === undefined ? "nothing" : hash.digest("hex").slice(0, 32)}`;
}

function writeWhole({ fs }: Host, path: string, text: string): void {
  const file = fs.openSync(path, "wx", 0o600);
  try {
    fs.writeFileSync(file, text);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

function rename({ fs }: Host, claim: string, path: string): void {
  try {
    fs.renameSync(claim, path);
  } catch (error) {
    // Whoever found it claimed has renamed it.
    if (systemCode(error) !== "ENOENT") throw error;
  }
}

function sweep({ fs, paths }: Host, path: string): void {
  const folder = paths.dirname(path);
  const name = paths.basename(path);
  for (const each of fs.readdirSync(folder)) {
    if (!each.startsWith(name) || !/^\.(?:after-\w+|\w+\.tmp)$/.test(each.slice(name.length))) continue;
    const leftover = paths.join(folder, each);
    const stat = fs.statSync(leftover, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined || Date.now() - Number(stat.mtimeMs) < LEFTOVER) continue;
    try {
      fs.unlinkSync(leftover);
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
    }
  }
}
