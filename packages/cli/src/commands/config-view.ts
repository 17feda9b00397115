import { loadSettings, SETTINGS } from "@coatcheck/core/settings";
import type { CommandDefinition } from "../define.ts";
import type { Session } from "../session.ts";

/** `coatcheck config view` */
export const viewConfig: CommandDefinition<object> = {
  name: "view",
  description: "show each setting, and where it comes from",
  run: showSettings,
};

/** Prints the settings with their origins: as columns, or one object of JSON per line. */
export async function showSettings(session: Session): Promise<void> {
  const { values, origins } = await loadSettings();
  const rows = Object.entries(SETTINGS).map(([variable, setting]) => ({
    name: variable,
    setting,
    value: values[setting] ?? null,
    origin: origins[setting],
  }));
  if (session.json) for (const row of rows) await session.out.json(row);
  else await session.out.table(rows.map(({ name, value, origin }) => [name, String(value ?? "(local)"), origin]));
}
