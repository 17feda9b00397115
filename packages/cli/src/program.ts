import { printable } from "@coatcheck/core/tools";
import { Command, CommanderError } from "commander";
import { errorJson, EXIT, UsageError } from "./exit.ts";
import { version } from "./version.ts";

/** Adds the commands of a group to it; `done` takes the exit code of the one that ran. */
export type AddCommands = (group: Command, done: (exitCode: number) => void) => void;

interface Group {
  readonly description: string;
  load(): Promise<AddCommands>;
}

// A group's commands are loaded when it is asked for: help and errors need none of them.
const GROUPS: Readonly<Record<string, Group>> = {
  config: {
    description: "settings: view, set, unset",
    load: async () => (await import("./commands/config.ts")).addConfigCommands,
  },
  block: {
    description: "named storages: create, ls, inspect, delete, test",
    load: async () => (await import("./commands/block.ts")).addBlockCommands,
  },
  result: {
    description: "results in a storage: ls, show, get, put, cp, rm, prune",
    load: async () => (await import("./commands/result.ts")).addResultCommands,
  },
  doctor: {
    description: "versions, settings, what is installed and what can be reached",
    load: async () => (await import("./commands/doctor.ts")).addDoctor,
  },
};

/** Runs the command line with these arguments, and gives the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = new Command("coatcheck")
    .description("Set up storages, look at results, copy and clean them.")
    .version(version())
    .exitOverride();
  if (asksForJson(args)) program.configureOutput({ outputError: writeJson });
  else program.showHelpAfterError("(run the command with --help)");
  for (const [name, { description, load }] of Object.entries(GROUPS)) {
    const group = program.command(name).description(description);
    if (args.includes(name)) (await load())(group, (code) => (exitCode = code));
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}

function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? args.length : end).includes("--json");
}

/** What Commander says of arguments, as the error that a command gives. */
function writeJson(text: string, write: (text: string) => void): void {
  const message = text
    .replace(/^error: /, "")
    .trim()
    .replaceAll("\n", " ");
  write(`${printable(JSON.stringify({ error: errorJson(new UsageError(message)) }))}\n`);
}
