import { block } from "@coatcheck/core/settings";
import type { CommandDefinition } from "../define.ts";

/** `coatcheck block delete s3/prod` */
export const deleteBlock: CommandDefinition<object> = {
  name: "delete <slug>",
  description: "delete a block from the user's file; its results stay where they are",
  async run(session, [slug]) {
    const deleted = await block.delete(slug!);
    if (session.json) await session.out.json({ deleted });
    else if (!deleted) session.note(`There was no block ${slug}.`);
  },
};
