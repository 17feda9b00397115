import { block } from "@coatcheck/core/settings";
import type { CommandDefinition } from "../define.ts";

/** `coatcheck block inspect s3/prod` */
export const inspectBlock: CommandDefinition<object> = {
  name: "inspect <slug>",
  description: "show a block's options, and where it is defined; secrets stay hidden",
  async run(session, [slug]) {
    const info = await block.load(slug!);
    if (session.json) return await session.out.json(info);
    await session.out.table([
      ["slug", info.slug],
      ["origin", info.origin],
      ...Object.entries(info.options).map(([name, value]) => [
        name,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ]);
  },
};
