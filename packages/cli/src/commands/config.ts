import type { AddCommands } from "../program.ts";
import { addCommands } from "../define.ts";
import { setConfig } from "./config-set.ts";
import { unsetConfig } from "./config-unset.ts";
import { viewConfig } from "./config-view.ts";

/** Adds `config view`, `config set` and `config unset`. */
export const addConfigCommands: AddCommands = (group, done) => {
  addCommands(group, done, [viewConfig, setConfig, unsetConfig]);
};
