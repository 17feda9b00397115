import type { CommandDefinition } from "../define.ts";
import { byteText } from "../text.ts";
import { targetOf } from "../target.ts";

/** `coatcheck result show s3/prod reports/today` */
export const showResult: CommandDefinition<object> = {
  name: "show <storage-and-key...>",
  description: "show what a result's header says; a reference alone will do",
  async run(session, args) {
    const { store, what } = await targetOf(session, args);
    const info = await store.stat(what, { signal: session.signal });
    const { key, storage, serializer, createdAt, expiresAt, payloadSize, writeId, version } = info;
    if (session.json) return await session.out.json({ ...info, expiresAt: expiresAt ?? null });
    await session.out.table([
      ["key", key],
      ["storage", storage],
      ["serializer", serializer],
      ["written", createdAt.toISOString()],
      ["expires", expiresAt?.toISOString() ?? "never"],
      ["payload", `${byteText(payloadSize)} (${payloadSize} bytes)`],
      ["write id", writeId],
      ["version", version],
    ]);
  },
};
