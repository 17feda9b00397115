import { openStorage } from "@coatcheck/core";
import { block, settingOf } from "@coatcheck/core/settings";
import { findPlugin, firstPartyTypes } from "@coatcheck/core/tools";
import { type CommandDefinition, define } from "../define.ts";
import { errorJson, errorText, SomeFailed } from "../exit.ts";
import type { AddCommands } from "../program.ts";
import type { Session } from "../session.ts";
import { version } from "../version.ts";
import { showSettings } from "./config-view.ts";

/** Milliseconds that a storage has to answer. */
const PATIENCE = 10_000;

const doctor: CommandDefinition<object> = {
  name: "doctor",
  description: "versions, settings, what is installed and what can be reached",
  async run(session) {
    const versions = { coatcheck: version(), node: process.version, platform: `${process.platform} ${process.arch}` };
    if (session.json) await session.out.json(versions);
    else await session.out.line(`coatcheck ${versions.coatcheck}, Node ${versions.node}, ${versions.platform}`);
    let problems = 0;
    const part = async (title: string, show: () => Promise<number>): Promise<void> => {
      if (!session.json) await session.out.line(`\n${title}`);
      try {
        problems += await show();
      } catch (error) {
        session.signal.throwIfAborted();
        problems++;
        await session.out.flush();
        session.report(error);
      }
    };
    await part("Settings", async () => {
      await showSettings(session);
      return await reportMisspelt(session);
    });
    await part("Packages", async () => await showPackages(session));
    await part("Blocks", async () => await showBlocks(session));
    if (problems > 0) throw new SomeFailed(`${problems} problems`);
  },
};

/** Adds `doctor`. */
export const addDoctor: AddCommands = (command, done) => define(command, done, doctor);

// A variable may be the user's own; only one that looks like a setting is worth a word.
async function reportMisspelt({ json, out }: Session): Promise<number> {
  const apart = /^COATCHECK_(BLOCK_|ENCRYPTION_KEYS$|LOG$)/;
  let found = 0;
  for (const name of Object.keys(process.env)) {
    if (!name.startsWith("COATCHECK_") || apart.test(name)) continue;
    try {
      settingOf(name);
    } catch (error) {
      const message = errorText(error);
      if (!message.includes("Did you mean")) continue;
      found++;
      if (json) await out.json({ variable: name, problem: errorJson(error) });
      else await out.line(message);
    }
  }
  return found;
}

async function showPackages({ json, out }: Session): Promise<number> {
  let broken = 0;
  const rows: string[][] = [];
  for (const kind of ["storage", "serializer", "codec"] as const) {
    for (const type of firstPartyTypes(kind)) {
      const problem = await findPlugin(kind, type).then(
        () => undefined,
        (error: unknown) => errorJson(error),
      );
      // What is not installed is not needed, or its error will say so.
      if (problem !== undefined && problem.code !== "MissingPackage") broken++;
      if (json) await out.json({ kind, type, installed: problem === undefined, ...(problem && { problem }) });
      else rows.push([kind, type, problem === undefined ? "installed" : problem.message]);
    }
  }
  await out.table(rows);
  return broken;
}

async function showBlocks({ json, out, signal }: Session): Promise<number> {
  let unreachable = 0;
  for (const { slug, origin } of await block.list()) {
    const problem = await reach(slug, signal);
    signal.throwIfAborted();
    if (problem !== undefined) unreachable++;
    if (json) {
      const outcome = problem === undefined ? {} : { problem: errorJson(problem.error) };
      await out.json({ slug, origin, reachable: problem === undefined, ...outcome });
    } else await out.line(`${slug}  ${problem === undefined ? "reachable" : errorText(problem.error)}  (${origin})`);
  }
  return unreachable;
}

async function reach(slug: string, signal: AbortSignal): Promise<{ readonly error: unknown } | undefined> {
  try {
    const storage = await openStorage(slug);
    try {
      await storage.list({ limit: 1, signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]) });
    } finally {
      await storage.close();
    }
    return undefined;
  } catch (error) {
    const timedOut = (error as { name?: string }).name === "TimeoutError";
    return { error: timedOut ? new Error(`no answer within ${PATIENCE / 1000} s`) : error };
  }
}
