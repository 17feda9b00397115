import type { Command } from "commander";
import { runCommand } from "./runner.ts";
import type { Session } from "./session.ts";

/** A command: its name and arguments as in `get <storage> <key>`, what it does, its options, and what runs. */
export interface CommandDefinition<Options> {
  readonly name: string;
  readonly description: string;
  /** Flags as in `--prefix <text>`, each with its description. `--json` is added to every command. */
  readonly options?: Readonly<Record<string, string>>;
  /** Options that can be given several times: their values are a list. */
  readonly repeated?: Readonly<Record<string, string>>;
  run(session: Session, args: readonly string[], options: Options): Promise<void>;
}

/** Adds commands to a group. */
export function addCommands(
  group: Command,
  done: (exitCode: number) => void,
  definitions: readonly CommandDefinition<never>[],
): void {
  for (const definition of definitions) define(group.command(definition.name), done, definition);
}

/** Makes a command what its definition says. What it throws becomes an error message and an exit code. */
export function define<Options>(
  command: Command,
  done: (exitCode: number) => void,
  definition: CommandDefinition<Options>,
): void {
  command.description(definition.description);
  for (const [flags, description] of Object.entries(definition.options ?? {})) command.option(flags, description);
  for (const [flags, description] of Object.entries(definition.repeated ?? {})) {
    command.option(flags, description, (value: string, all: readonly string[]) => [...all, value], []);
  }
  command.option("--json", "print JSON, and errors as JSON");
  command.action(async () => {
    const options = command.opts<Options & { json?: boolean }>();
    done(await runCommand(options.json === true, (session) => definition.run(session, command.args, options)));
  });
}
