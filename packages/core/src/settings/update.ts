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
 * There is no lock that the end of a process could leave behind. The new content is written to a file of its own, under a
 * name that nobody ever uses again, as `<name>.tmp`. A state S of `config.json` is claimed by making the file
 * `config.json.after-<hash of S>`, which says that name and which only one can make; then that file is renamed to
 * `config.json`. Who finds S claimed finishes the other's change, and begins anew with its own. A state never comes again
 * (it has inode and time of the file in it), and a name can be renamed once: so whoever comes late, with a claim of a state
 * that is over or with a rename that was done already, changes nothing.
 */
export function updateUserFile(change: (config: Record<string, unknown>) => void): void {
  const machine = needHost();
  const home = loadHome(machine);
  const path = userFile(machine, home);
  try {
    makeFolder(machine, home);
    const target = targetOf(machine, path);
    while (!attempt(machine, target, change));
    sweep(machine, target);
  } catch (cause) {
    if (systemCode(cause) === undefined || cause instanceof ConfigurationError) throw cause;
    const message = `${path} cannot be written (${systemCode(cause)}). Make its folder writable, or set COATCHECK_HOME to another one.`;
    throw new ConfigurationError("NotWritable", message, { cause });
  }
}

// With those above it. Not `recursive` of mkdirSync, which never returns where a folder takes no other in it and says ENOENT,
// as /proc does.
function makeFolder(machine: Host, path: string, again = true): void {
  const { fs, paths } = machine;
  try {
    fs.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = systemCode(error);
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || !again) throw error;
    makeFolder(machine, paths.dirname(path));
    makeFolder(machine, path, false);
  }
}

function attempt(machine: Host, path: string, change: (config: Record<string, unknown>) => void): boolean {
  const { fs, paths } = machine;
  const before = stateOf(machine, path);
  const claim = `${path}.after-${before.id}`;
  const config = before.text === undefined ? {} : parseConfig(before.text, path);
  checkConfig(config, path);
  change(config);
  const after = temporaryOf(path);
  writeWhole(machine, after, `${JSON.stringify(config, null, 2)}\n`);
  let claimed = false;
  try {
    claimed = isClaimed(machine, path, claim, paths.basename(after));
  } finally {
    if (!claimed) fs.unlinkSync(after);
  }
  finish(machine, path, claim, before.id);
  if (!claimed) return false;
  unlessMissing(() => fs.unlinkSync(claim));
  // Where it is still there, the state was over before it was claimed.
  return !unlessMissing(() => fs.unlinkSync(after));
}

/** Claims a state for what is in the file `name`; false where somebody else has. */
function isClaimed(machine: Host, path: string, claim: string, name: string): boolean {
  const { fs } = machine;
  const temporary = temporaryOf(path);
  writeWhole(machine, temporary, name);
  try {
    fs.linkSync(temporary, claim);
    return true;
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    return false;
  } finally {
    fs.unlinkSync(temporary);
  }
}

/** Makes the change for which the state `id` is claimed, where that is still the state of the file. */
function finish(machine: Host, path: string, claim: string, id: string): void {
  const { fs, paths } = machine;
  let name = "";
  const isThere = unlessMissing(() => (name = fs.readFileSync(claim, "utf8")));
  if (!isThere || stateOf(machine, path).id !== id) return;
  if (unlessMissing(() => fs.renameSync(paths.join(paths.dirname(path), name), path))) {
    unlessMissing(() => fs.unlinkSync(claim));
  } else if (stateOf(machine, path).id === id) {
    const message = `${path} cannot be changed: the file ${name} beside it is gone, and ${claim} says that it takes its place. Remove that.`;
    throw new ConfigurationError("NotWritable", message);
  }
}

/** False where what is to be done finds no file. */
function unlessMissing(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    return false;
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

/** What is in the file, and what tells this state of it from all others. */
function stateOf({ fs }: Host, path: string): { readonly text: string | undefined; readonly id: string } {
  let file: number | undefined;
  if (!unlessMissing(() => (file = fs.openSync(path, "r")))) return { text: undefined, id: "nothing" };
  try {
    const { ino, mtimeNs } = fs.fstatSync(file!, { bigint: true });
    const text = fs.readFileSync(file!, "utf8");
    const hash = nodeBuiltin("crypto")!.createHash!("sha256");
    hash.update(new TextEncoder().encode(`${ino} ${mtimeNs} ${text}`));
    return { text, id: hash.digest("hex").slice(0, 32) };
  } finally {
    fs.closeSync(file!);
  }
}

function temporaryOf(path: string): string {
  return `${path}.${randomId()}.tmp`;
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

function sweep({ fs, paths }: Host, path: string): void {
  const folder = paths.dirname(path);
  const name = paths.basename(path);
  for (const each of fs.readdirSync(folder)) {
    if (!each.startsWith(name) || !/^\.(?:after-\w+|\w+\.tmp)$/.test(each.slice(name.length))) continue;
    const leftover = paths.join(folder, each);
    const stat = fs.statSync(leftover, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined || Date.now() - Number(stat.mtimeMs) < LEFTOVER) continue;
    unlessMissing(() => fs.unlinkSync(leftover));
  }
}
