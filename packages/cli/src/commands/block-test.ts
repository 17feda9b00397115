import { randomUUID } from "node:crypto";
import type { Storage } from "@coatcheck/core";
import type { CommandDefinition } from "../define.ts";
import { errorJson, errorText, Interrupted, SomeFailed } from "../exit.ts";

interface Step {
  readonly name: string;
  run(): Promise<void>;
}

/** `coatcheck block test s3/prod` */
export const testBlock: CommandDefinition<object> = {
  name: "test <storage>",
  description: "write, read, list and delete one small object, and say what fails",
  async run(session, [named]) {
    const { storage } = await session.open(named!);
    let failed = 0;
    try {
      for (const { name, run } of steps(storage, session.signal)) {
        const error = await run().then(
          () => undefined,
          (caught: unknown) => ({ caught }),
        );
        if (error?.caught instanceof Interrupted) throw error.caught;
        if (error !== undefined) failed++;
        const outcome = error === undefined ? {} : { error: errorJson(error.caught) };
        if (session.json) await session.out.json({ step: name, ok: error === undefined, ...outcome });
        else
          await session.out.line(error === undefined ? `ok    ${name}` : `FAIL  ${name}: ${errorText(error.caught)}`);
      }
    } finally {
      await storage.delete(PROBE).catch(() => undefined);
    }
    if (failed > 0) throw new SomeFailed(`${failed} steps failed.`);
  },
};

const PROBE = `.coatcheck/probe/${randomUUID()}`;
const TEXT = "This was left by `coatcheck block test`, which could not delete it. Delete it.\n";

// Each step says something also where the one before has failed: reading what is not there needs the permission too.
function steps(storage: Storage, signal: AbortSignal): readonly Step[] {
  let written = false;
  const expected = (): string | undefined => (written ? TEXT : undefined);
  return [
    {
      name: "write",
      async run() {
        await storage.put(PROBE, new TextEncoder().encode(TEXT), { when: "absent", signal });
        written = true;
      },
    },
    {
      name: "read",
      async run() {
        const object = await storage.get(PROBE, { signal });
        const text = object === undefined ? undefined : new TextDecoder().decode(await object.bytes());
        if (text !== expected()) throw new Error("what was read is not what was written.");
      },
    },
    {
      name: "list",
      async run() {
        const { objects } = await storage.list({ prefix: PROBE, signal });
        if ((objects[0]?.key === PROBE) !== written) throw new Error("the listing does not show what is there.");
      },
    },
    {
      name: "delete",
      async run() {
        await storage.delete(PROBE, { signal });
        if ((await storage.stat(PROBE, { signal })) !== undefined) throw new Error("it is still there.");
      },
    },
  ];
}
