import { Command, CommanderError } from "commander";
import { EXIT } from "./exit.ts";
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
    .exitOverride()
    .showHelpAfterError("(run the command with --help)");
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
