import { unsetSetting } from "@coatcheck/core/settings";
import type { CommandDefinition } from "../define.ts";

/** `coatcheck config unset NAME` */
export const unsetConfig: CommandDefinition<object> = {
  name: "unset <name>",
  description: "take a setting out of the user's file",
  async run(session, [name]) {
    const found = await unsetSetting(name!);
    if (session.json) await session.out.json({ unset: found });
    else if (!found) session.note("It was not set in the user's file.");
  },
};
