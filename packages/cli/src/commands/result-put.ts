import { createReadStream, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import type { CommandDefinition } from "../define.ts";
import { UsageError } from "../exit.ts";
import { durationOf } from "../text.ts";

interface Options {
  readonly key?: string;
  readonly expiresIn?: string;
  readonly ifAbsent?: boolean;
}

/** `coatcheck result put s3/prod report.pdf --key reports/today` */
export const putResult: CommandDefinition<Options> = {
  name: "put <storage> <file>",
  description: "keep a file's bytes as a result, and print its reference; - is standard input",
  options: {
    "--key <key>": "where it goes; without, under an id that no other has",
    "--expires-in <duration>": "when it is gone, as in 30s, 5m, 12h or 30d",
    "--if-absent": "only where there is no result yet",
  },
  async run(session, [named, file], { key, expiresIn, ifAbsent = false }) {
    if (file !== "-") await checkFile(file!);
    const lifetime = expiresIn === undefined ? undefined : durationOf("--expires-in", expiresIn);
    const { store } = await session.open(named!);
    const reference = await session.progress("Kept", async (progress) => {
      const source = file === "-" ? process.stdin : createReadStream(file!);
      // A web stream, which any reader can have; Node's own would need Node.
      const stream = Readable.toWeb(source) as ReadableStream<Uint8Array>;
      const counting = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          progress.add({ bytes: chunk.byteLength });
          controller.enqueue(chunk);
        },
      });
      const when = ifAbsent ? "absent" : "any";
      const options = { key, expiresIn: lifetime, when, signal: session.signal } as const;
      return (await store.write(stream.pipeThrough(counting), options)).toJSON();
    });
    await session.out.json(reference);
  },
};

async function checkFile(path: string): Promise<void> {
  let stats: Stats;
  try {
    stats = await stat(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(code === "ENOENT" ? `There is no file ${path}.` : `${path} cannot be read: ${message}`);
  }
  if (!stats.isFile()) throw new UsageError(`${path} is no file.`);
}
