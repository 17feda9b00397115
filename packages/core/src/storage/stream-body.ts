import { isBytes, isReadableStream, iterate } from "../bytes.ts";
import { StorageError } from "../errors.ts";
import { beginReading } from "../sources.ts";
import { type Body, type CheckedBody, kindOf, notBytes, wrongSize } from "./body.ts";

/**
 * A stream that is checked as it goes: chunks that are bytes, as many as `size` says. It throws the reason of `signal` as
 * soon as that aborts, though its source may stall: a driver need not see to it.
 */
export function checkStream(body: Body, size: number | undefined, signal: AbortSignal | undefined): CheckedBody {
  const before = beginReading(body);
  const source: AsyncIterable<unknown> = isReadableStream(body) ? iterate(body) : (body as AsyncIterable<unknown>);
  let failure: { error: unknown } | undefined;
  async function* guarded(): AsyncGenerator<Uint8Array, void, void> {
    let sent = 0;
    try {
      const items = signal === undefined ? source : (await import("../abortable.ts")).abortable(source, signal);
      for await (const chunk of items) {
        if (!isBytes(chunk)) throw notBytes(`a stream of type ${kindOf(chunk)}`);
        sent += chunk.byteLength;
        if (size !== undefined && sent > size) throw wrongSize(sent, size);
        if (chunk.byteLength > 0) yield chunk;
      }
      if (size !== undefined && sent !== size) throw wrongSize(sent, size);
      // Else a put that is tried again with the stream of the first would put nothing in the place of all.
      if (size === undefined && sent === 0 && before) throw readBefore();
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  return { body: guarded(), size, failure: () => failure };
}

function readBefore(): StorageError {
  const detail =
    "the body is a stream that was read before, and nothing is left of it; nothing was kept. Give a new one for each put.";
  return new StorageError({ code: "Misconfigured", detail });
}
