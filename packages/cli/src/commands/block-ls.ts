import { block } from "@coatcheck/core/settings";
import type { CommandDefinition } from "../define.ts";

/** `coatcheck block ls` */
export const listBlocks: CommandDefinition<object> = {
  name: "ls",
  description: "list all blocks, and where each is defined",
  async run(session) {
    const blocks = await block.list();
    if (session.json)
      for (const { slug, type, name, origin } of blocks) await session.out.json({ slug, type, name, origin });
    else await session.out.table(blocks.map(({ slug, origin }) => [slug, origin]));
  },
};
