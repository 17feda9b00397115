import { inspect } from "node:util";
import type { CommandDefinition } from "../define.ts";
import { UsageError } from "../exit.ts";
import { notJson } from "../json-check.ts";
import type { Session } from "../session.ts";
import { type Target, targetOf } from "../target.ts";
import { writeWholeFile } from "../whole-file.ts";

interface Options {
  readonly output?: string;
  readonly raw?: boolean;
}

/** `coatcheck result get s3/prod reports/today` */
export const getResult: CommandDefinition<Options> = {
  name: "get <storage-and-key...>",
  description: "print a result's value: bytes as they are, others as JSON or as Node shows them",
  options: {
    "-o, --output <file>": "write it to a file, all or nothing",
    "--raw": "the bytes that the serializer wrote, instead of the value",
  },
  async run(session, args, options) {
    const target = await targetOf(session, args);
    const content = await contentOf(session, target, options.raw === true);
    if (options.output !== undefined) {
      const chunks = typeof content === "string" ? textChunks(`${content}\n`) : content;
      await session.progress("Read", async (progress) => {
        await writeWholeFile(
          options.output!,
          counted(chunks, (bytes) => progress.add({ bytes })),
          session.signal,
        );
      });
    } else if (typeof content === "string") await session.out.line(content);
    else await print(session, content);
  },
};

/** What is printed of the value: bytes as they are, or text. */
async function contentOf(
  { json, signal }: Session,
  { store, what }: Target,
  raw: boolean,
): Promise<string | AsyncIterable<Uint8Array>> {
  if (raw) return await (await store.resolve(what, { signal })).stream({ signal });
  const value = await store.read(what, { signal });
  const bytes = bytesOf(value);
  if (bytes !== undefined) {
    if (json) throw new UsageError("The value is bytes, which JSON has none of. Leave --json out, or give --output.");
    return bytes;
  }
  const path = notJson(value);
  if (path === undefined) return JSON.stringify(value, null, json ? 0 : 2);
  if (json)
    throw new UsageError(`The value holds what JSON does not carry exactly, at ${path}. Leave --json out to see it.`);
  return inspect(value, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity, breakLength: 100 });
}

function bytesOf(value: unknown): AsyncIterable<Uint8Array> | undefined {
  if (value instanceof ArrayBuffer) return one(new Uint8Array(value));
  if (value instanceof Uint8Array) return one(value);
  const isStream = typeof value === "object" && value !== null && Symbol.asyncIterator in value;
  return isStream ? (value as AsyncIterable<Uint8Array>) : undefined;
}

async function print(session: Session, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  if (!process.stdout.isTTY) {
    for await (const chunk of chunks) {
      session.signal.throwIfAborted();
      await session.out.bytes(chunk);
    }
    return;
  }
  // A terminal would obey what is in there.
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for await (const chunk of chunks) {
    let text: string;
    try {
      text = decoder.decode(chunk, { stream: true });
    } catch {
      throw new UsageError("The value is bytes that are no text. Give --output <file>, or send it to another program.");
    }
    await session.out.text(text);
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}

async function* textChunks(text: string): AsyncGenerator<Uint8Array, void, void> {
  yield new TextEncoder().encode(text);
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of chunks) {
    count(chunk.byteLength);
    yield chunk;
  }
}
