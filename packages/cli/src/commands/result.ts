import type { AddCommands } from "../program.ts";
import { addCommands } from "../define.ts";
import { copyResults } from "./result-cp.ts";
import { getResult } from "./result-get.ts";
import { listResults } from "./result-ls.ts";
import { pruneResults } from "./result-prune.ts";
import { putResult } from "./result-put.ts";
import { removeResults } from "./result-rm.ts";
import { showResult } from "./result-show.ts";

/** Adds `result ls`, `show`, `get`, `put`, `cp`, `rm` and `prune`. */
export const addResultCommands: AddCommands = (group, done) => {
  addCommands(group, done, [listResults, showResult, getResult, putResult, copyResults, removeResults, pruneResults]);
};
