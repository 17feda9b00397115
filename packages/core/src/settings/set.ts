import { ConfigurationError } from "../errors.ts";
import { camelCase } from "./config-file.ts";
import { needHost } from "./host.ts";
import { located } from "./load.ts";
import { parseSetting, settingOf } from "./setting-table.ts";
import { updateUserFile } from "./update.ts";

/**
 * Sets a setting in the user's file. `name` is its name, that in snake_case or its environment variable; `text` is as the
 * variable would have it, and a relative path is made absolute, in a URL (`file:./results`) too. What the environment or a
 * project's file says still counts before it. Throws `UnknownSetting`, `InvalidSetting`, `NotWritable`.
 */
export async function setSetting(name: string, text: string): Promise<void> {
  const setting = fileSetting(name);
  const parsed = parseSetting(setting, text, name);
  const machine = needHost();
  const value = located(machine, setting, parsed, machine.cwd);
  updateUserFile((file) => {
    for (const each of Object.keys(file)) if (camelCase(each) === setting) delete file[each];
    file[setting] = value;
  });
}

/** Takes a setting out of the user's file, and says whether it was there. Names are as for {@link setSetting}. */
export async function unsetSetting(name: string): Promise<boolean> {
  const setting = fileSetting(name);
  let found = false;
  updateUserFile((file) => {
    found = false;
    for (const each of Object.keys(file).filter((given) => camelCase(given) === setting)) {
      found = true;
      delete file[each];
    }
  });
  return found;
}

function fileSetting(name: string): Exclude<ReturnType<typeof settingOf>, "home"> {
  const setting = settingOf(name);
  if (setting !== "home") return setting;
  const message = "The home says where the user's file is, so only the environment variable COATCHECK_HOME sets it.";
  throw new ConfigurationError("UnknownSetting", message);
}
