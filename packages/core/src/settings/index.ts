export { type LoadedSettings, loadSettings } from "./load.ts";
export type { Settings } from "./setting-table.ts";
