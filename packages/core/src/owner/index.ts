import { nodeBuiltin, randomId } from "../environment.ts";

/**
 * `<machine>.<pid>.<start time of the process>.<instance>-<count>`, machine and instance in hexadecimal, start and count with
 * 36 digits: short enough for the name of a file, or the target of a link.
 */
const OWNED = /^([0-9a-f]{12})\.([0-9]+)\.([0-9a-z]+)\.([0-9a-f]{6})-[0-9a-z]+$/;

/** What this module needs of Node's `process`. */
interface Process {
  readonly pid: number;
  kill(pid: number, signal: 0): unknown;
}

// Two copies of the module in one process (ESM and CommonJS, worker threads) do not know what the other holds.
const instance = randomId().slice(0, 6);
let identity: string | undefined;
let count = 0;

/** A name nobody else gives, that says who gave it: see {@link fateOf}. It needs Node, and fits into a file's name. */
export function ownedName(): string {
  const { pid } = thisProcess();
  identity ??= `${machine()}.${pid}.${processState(pid)?.start ?? 0}.${instance}`;
  return `${identity}-${(++count).toString(36)}`;
}

/** What is known of an owner. */
export type Fate = "alive" | "dead" | "unknown";

/**
 * Whether who made the {@link ownedName} is still there. "unknown" is somebody on another machine or in another
 * container, a process of a system that does not tell start times, every name of another form, and who cannot be asked
 * after at the moment, as this process has too many files open.
 */
export function fateOf(name: string): Fate {
  try {
    return askedFate(name);
  } catch {
    return "unknown";
  }
}

function askedFate(name: string): Fate {
  const [, owner, id, start, by] = OWNED.exec(name) ?? [];
  if (owner !== machine()) return "unknown";
  const pid = Number(id);
  const own = thisProcess();
  if (pid === own.pid && by === instance) return "alive";
  let mayBeSignalled = true;
  try {
    own.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== "EPERM") return "dead";
    mayBeSignalled = false;
  }
  if (start === "0") return "unknown";
  const now = processState(pid);
  // Where other users' processes are hidden from /proc, nothing there means nothing.
  if (now === undefined) return mayBeSignalled ? "dead" : "unknown";
  // A killed process that its parent has not waited for yet still has its pid; the next process may get it.
  if (now.start !== start || now.state === "Z" || now.state === "X") return "dead";
  return pid === own.pid ? "unknown" : "alive";
}

let machineId: string | undefined;

// Process ids mean something only within one boot of one machine and one pid namespace (containers have their own).
// Without a boot id the hardware addresses stand in: two laptops may have the same name.
function machine(): string {
  if (machineId !== undefined) return machineId;
  const { readFileSync, readlinkSync } = nodeBuiltin("fs")!;
  const parts = [
    nodeBuiltin("os")!.hostname!(),
    attempt(() => readFileSync!("/proc/sys/kernel/random/boot_id", "utf8")) ?? hardwareAddresses(),
    attempt(() => readlinkSync!("/proc/self/ns/pid")) ?? "",
  ];
  const hash = nodeBuiltin("crypto")!.createHash!("sha256");
  hash.update(new TextEncoder().encode(parts.join("\0")));
  return (machineId = hash.digest("hex").slice(0, 12));
}

function hardwareAddresses(): string {
  const all = Object.values(nodeBuiltin("os")!.networkInterfaces!()).flatMap((each) => each ?? []);
  return [...new Set(all.filter(({ internal }) => !internal).map(({ mac }) => mac))].toSorted().join();
}

function processState(pid: number): { readonly state: string; readonly start: string } | undefined {
  const text = attempt(() => nodeBuiltin("fs")!.readFileSync!(`/proc/${pid}/stat`, "utf8"));
  if (text === undefined) return undefined;
  // The second field is the name in parentheses and may hold anything; the state is the third, the start the 22nd.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0]!, start: Number(fields[19]).toString(36) };
}

// Undefined where the system does not tell. That there is no room to ask says nothing, and must not be taken for an answer:
// a live owner's lock would be broken, and this process take another name than it has given.
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (["EMFILE", "ENFILE", "ENOMEM"].includes(codeOf(error) ?? "")) throw error;
    return undefined;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}

function thisProcess(): Process {
  return (globalThis as unknown as { process: Process }).process;
}
