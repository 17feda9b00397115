import type { CommandDefinition } from "../define.ts";
import { UsageError } from "../exit.ts";
import { byteText, count, durationOf } from "../text.ts";

interface Options {
  readonly expired?: boolean;
  readonly olderThan?: string;
  readonly prefix?: string;
  readonly cached?: boolean;
  readonly dryRun?: boolean;
}

/** `coatcheck result prune s3/prod --expired --older-than 30d --dry-run` */
export const pruneResults: CommandDefinition<Options> = {
  name: "prune [storage]",
  description: "delete results that have expired or are old, and print their keys",
  options: {
    "--expired": "those that are past their time",
    "--older-than <duration>": "those that were written longer ago, as in 30d",
    "--prefix <text>": "only keys that begin with this",
    "--cached": "those that tasks have cached, instead of those with keys",
    "--dry-run": "delete nothing; print what would go",
  },
  async run(session, [named = "default"], { expired, olderThan, prefix, cached = false, dryRun = false }) {
    if (expired !== true && olderThan === undefined) {
      throw new UsageError("Say what goes: --expired, --older-than 30d, or both.");
    }
    if (cached && prefix !== undefined) {
      throw new UsageError("Cached results have no keys to choose by: give --cached or --prefix.");
    }
    const age = olderThan === undefined ? undefined : durationOf("--older-than", olderThan);
    const { store } = await session.open(named);
    const summary = await session.progress(dryRun ? "Would prune" : "Pruned", async (progress) => {
      const printing: Promise<void>[] = [];
      const done = await store.prune({
        expired,
        olderThan: age,
        prefix,
        cached,
        dryRun,
        signal: session.signal,
        onPrune({ key, size }) {
          progress.add({ items: 1, bytes: size });
          printing.push(session.json ? session.out.json({ key, size }) : session.out.line(key));
        },
      });
      await Promise.all(printing);
      return done;
    });
    if (session.json) return await session.out.json({ summary });
    const { examined, pruned, bytes, unreadable, changed } = summary;
    const left = unreadable > 0 ? ` ${count(unreadable, "object")} could not be read as results and stay.` : "";
    const anew = changed > 0 ? ` ${count(changed, "result")} had been written anew and stay.` : "";
    const verb = dryRun ? "Would prune" : "Pruned";
    session.note(`${verb} ${pruned} of ${count(examined, "result")}, ${byteText(bytes)}.${left}${anew}`);
  },
};
