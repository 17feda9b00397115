import { basename } from "node:path";
import { loadSettings, setSetting, type Settings, settingOf } from "@coatcheck/core/settings";
import type { CommandDefinition } from "../define.ts";
import { UsageError } from "../exit.ts";

/** `coatcheck config set NAME=value` */
export const setConfig: CommandDefinition<object> = {
  name: "set <assignment...>",
  description: "set a setting in the user's file: NAME=value, spaces around = allowed",
  async run(session, args) {
    const { name, value } = parseAssignment(args.join(" "));
    await setSetting(name, value);
    const setting: keyof Settings = settingOf(name);
    const { values, origins } = await loadSettings();
    const origin = origins[setting];
    if (session.json) await session.out.json({ setting, value: values[setting] ?? null, origin });
    if (basename(origin) !== "config.json") session.note(`It is set, but ${origin} still counts before it.`);
  },
};

function parseAssignment(text: string): { readonly name: string; readonly value: string } {
  const [, name, value] = /^\s*([^\s=]+)\s*=\s*([^]*?)\s*$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError('Give a name, = and a value, as in "coatcheck config set COATCHECK_DEFAULT_STORAGE=s3/prod".');
  }
  const quoted = /^"(.*)"$|^'(.*)'$/s.exec(value);
  return { name, value: quoted?.[1] ?? quoted?.[2] ?? value };
}
