import { copyRecord, mapOrdered } from "@coatcheck/core/tools";
import type { CommandDefinition } from "../define.ts";
import { SomeFailed, UsageError } from "../exit.ts";
import type { OpenedStorage, Session } from "../session.ts";
import { byteText, count } from "../text.ts";

/** Copies under way at once. */
const CONCURRENCY = 4;

interface Options {
  readonly prefix?: string;
  readonly all?: boolean;
  readonly overwrite?: boolean;
}

/** `coatcheck result cp local/dev reports/today s3/prod` */
export const copyResults: CommandDefinition<Options> = {
  name: "cp <from-and-to...>",
  description:
    "copy results as they are: <storage> <key> <storage> [key], or <storage> <storage> with --prefix or --all",
  options: {
    "--prefix <text>": "copy all whose keys begin with this",
    "--all": "copy all",
    "--overwrite": "replace what is there",
  },
  async run(session, args, { prefix, all = false, overwrite = false }) {
    const many = all || prefix !== undefined;
    if (many ? args.length !== 2 : args.length < 3 || args.length > 4) {
      throw new UsageError("Give <storage> <key> <storage> [key]; or <storage> <storage> with --prefix or --all.");
    }
    const source = await session.open(args[0]!);
    const target = await session.open(args[many ? 1 : 2]!);
    if (many) return await copyMany(session, source, target, { prefix, overwrite });
    const [, key, , to] = args;
    await session.progress("Copied", async (progress) => {
      const onBytes = (bytes: number): void => progress.add({ bytes });
      const options = { to, overwrite, signal: session.signal, onBytes };
      const outcome = await copyRecord(source.storage, key!, target.storage, options);
      if (session.json) await session.out.json({ key, to: to ?? key, ...outcome });
    });
  },
};

async function copyMany(
  session: Session,
  source: OpenedStorage,
  target: OpenedStorage,
  { prefix, overwrite }: { readonly prefix: string | undefined; readonly overwrite: boolean },
): Promise<void> {
  const { signal } = session;
  const summary = { copied: 0, there: 0, failed: 0, bytes: 0 };
  await session.progress("Copied", async (progress) => {
    const onBytes = (bytes: number): void => progress.add({ bytes });
    const copy = async ({ key }: { readonly key: string }): Promise<void> => {
      try {
        const { copied, size } = await copyRecord(source.storage, key, target.storage, { overwrite, signal, onBytes });
        progress.add({ items: 1 });
        summary[copied ? "copied" : "there"]++;
        if (copied) summary.bytes += size;
        if (session.json) await session.out.json({ key, copied, size });
      } catch (error) {
        signal.throwIfAborted();
        // What has gone since it was listed, or is past its time, is nothing to copy.
        if (["Missing", "Expired"].includes((error as { code?: string }).code ?? "")) return;
        summary.failed++;
        session.report(error);
      }
    };
    for await (const _ of mapOrdered(source.store.list({ prefix, signal }), CONCURRENCY, copy));
  });
  const { copied, there, failed, bytes } = summary;
  const already = there > 0 ? `; ${there} were there already` : "";
  if (session.json) await session.out.json({ summary });
  else session.note(`Copied ${count(copied, "result")}, ${byteText(bytes)}${already}.`);
  if (failed > 0) throw new SomeFailed(`${failed} failed`);
}
