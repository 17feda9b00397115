export * as block from "./block.ts";
export type { BlockInfo, SaveOptions } from "./block.ts";
export { type LoadedSettings, loadSettings, settingFolder } from "./load.ts";
export { setSetting, unsetSetting } from "./set.ts";
export { type Settings, SETTINGS, settingOf } from "./setting-table.ts";
