import type { ResultEntry } from "@coatcheck/core";
import type { CommandDefinition } from "../define.ts";
import { errorJson } from "../exit.ts";
import { byteText, timeText } from "../text.ts";

interface Options {
  readonly prefix?: string;
  readonly keys?: boolean;
}

/** `coatcheck result ls s3/prod` */
export const listResults: CommandDefinition<Options> = {
  name: "ls [storage]",
  description: "list results: when each was written, when it expires, its size, serializer and key",
  options: { "--prefix <text>": "only keys that begin with this", "--keys": "only keys; reads no headers" },
  async run(session, [named = "default"], { prefix, keys = false }) {
    const { store } = await session.open(named);
    for await (const entry of store.list({ prefix, headers: !keys, signal: session.signal })) {
      if (session.json) await session.out.json(entryJson(entry));
      else await session.out.line(keys ? entry.key : entryLine(entry));
    }
  },
};

function entryJson({ key, size, modifiedAt, result, problem }: ResultEntry): object {
  const { serializer, createdAt, expiresAt, writeId, payloadSize } = result ?? {};
  return {
    key,
    size,
    modifiedAt,
    ...(result === undefined ? {} : { serializer, createdAt, expiresAt: expiresAt ?? null, writeId, payloadSize }),
    ...(problem === undefined ? {} : { problem: errorJson(problem) }),
  };
}

function entryLine({ key, size, modifiedAt, result, problem }: ResultEntry): string {
  const written = timeText(result?.createdAt ?? modifiedAt);
  const expires = result?.expiresAt === undefined ? "" : expiryText(result.expiresAt);
  const what = result?.serializer ?? `(${problem?.code ?? "?"})`;
  return `${written}  ${expires.padEnd(16)}  ${byteText(size).padStart(7)}  ${what.padEnd(16)}  ${key}`;
}

function expiryText(time: Date): string {
  return time.getTime() <= Date.now() ? "expired" : timeText(time);
}
