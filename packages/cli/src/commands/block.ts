import type { AddCommands } from "../program.ts";
import { addCommands } from "../define.ts";
import { createBlock } from "./block-create.ts";
import { deleteBlock } from "./block-delete.ts";
import { inspectBlock } from "./block-inspect.ts";
import { listBlocks } from "./block-ls.ts";
import { testBlock } from "./block-test.ts";

/** Adds `block create`, `ls`, `inspect`, `delete` and `test`. */
export const addBlockCommands: AddCommands = (group, done) => {
  addCommands(group, done, [createBlock, listBlocks, inspectBlock, deleteBlock, testBlock]);
};
