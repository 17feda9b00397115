import { ResultError, StorageError } from "../errors.ts";
import type { Abortable } from "../storage/driver.ts";
import type { Storage } from "../storage/storage.ts";
import { startDigest } from "./digest.ts";
import { describeHeader } from "./header.ts";
import { openRecord, type OpenRecord, readHead } from "./record.ts";
import { checkResultKey } from "./result-key.ts";
import { encodeTrailer } from "./trailer.ts";

/** Options of {@link copyRecord}. */
export interface CopyRecordOptions extends Abortable {
  /** The key in the target; default the same. */
  readonly to?: string | undefined;
  /** Replace what is there. Default false. */
  readonly overwrite?: boolean | undefined;
  /** Told of the bytes of the payload as they pass. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/** What {@link copyRecord} did. */
export interface CopiedRecord {
  /** False where the very same write was there already. */
  readonly copied: boolean;
  /** Bytes of the record. */
  readonly size: number;
}

/**
 * Copies a record as it is, header included, in constant memory: what is read from the copy is what was written. It is
 * verified on the way; where that fails nothing is left in the target. Needs neither serializer nor codecs, nor their keys.
 *
 * Rejects with a {@link ResultError}: `Missing`, `Expired`, `NotAResult`, `Corrupt`, `UnknownFormat`; `InvalidValue` where
 * a codec ties the payload to its key and the key would change. Another record in the target is `AlreadyExists`; a new key
 * under which nobody could read the copy is `InvalidKey`.
 */
export async function copyRecord(
  source: Storage,
  key: string,
  target: Storage,
  options: CopyRecordOptions = {},
): Promise<CopiedRecord> {
  const { to = key, overwrite = false, onBytes, signal } = options;
  if (to !== key) checkResultKey(to);
  const record = await openRecord({ storage: source, key }, signal);
  const { size } = record.info;
  try {
    if (to !== key) checkMovable(record, source, key);
    const when = overwrite ? "any" : "absent";
    await target.put(to, bytesOf(record, onBytes), { when, size, signal });
    return { copied: true, size };
  } catch (error) {
    if (!(error instanceof StorageError && error.code === "AlreadyExists")) throw error;
    const there = await readHead({ storage: target, key: to }, signal);
    if (there.header.writeId === record.header.writeId) return { copied: false, size };
    throw error;
  } finally {
    await record.cancel();
  }
}

async function* bytesOf(
  record: OpenRecord,
  onBytes: CopyRecordOptions["onBytes"],
): AsyncGenerator<Uint8Array, void, void> {
  const { header, line, payload, payloadSize } = record;
  const digest = header.trailer === undefined ? undefined : startDigest(header.trailer);
  yield line;
  for await (const chunk of payload) {
    digest?.update(chunk);
    onBytes?.(chunk.byteLength);
    yield chunk;
  }
  if (digest !== undefined) yield encodeTrailer({ size: payloadSize, digest: await digest.text() });
}

// Codecs are given the key to authenticate. Of `compressed` it is known that it does not look at it.
function checkMovable({ header }: { header: OpenRecord["header"] }, storage: Storage, key: string): void {
  if (header.codecs.every(({ type }) => type === "compressed")) return;
  const detail = `it was written by "${describeHeader(header)}", which may tie it to its key: under another key it could not be read. Copy it under the same key.`;
  throw new ResultError("InvalidValue", detail, { key, storage: storage.url });
}
