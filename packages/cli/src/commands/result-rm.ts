import type { CommandDefinition } from "../define.ts";
import { SomeFailed } from "../exit.ts";

/** `coatcheck result rm s3/prod reports/today` */
export const removeResults: CommandDefinition<object> = {
  name: "rm <storage> <key...>",
  description: "delete results, by key or by reference; what is not there is no error",
  async run(session, [named, ...keys]) {
    const { store } = await session.open(named!);
    let failed = 0;
    for (const key of keys) {
      try {
        await store.delete(key, { signal: session.signal });
        if (session.json) await session.out.json({ key, deleted: true });
      } catch (error) {
        session.signal.throwIfAborted();
        session.report(error);
        failed++;
      }
    }
    if (failed > 0) throw new SomeFailed(`${failed} failed`);
  },
};
