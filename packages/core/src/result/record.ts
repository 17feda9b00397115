import { concat, iterate } from "../bytes.ts";
import { ResultError } from "../errors.ts";
import type { ObjectInfo } from "../storage/driver.ts";
import { type DirectReader, directReader, type StoredObject } from "../storage/object.ts";
import type { Storage } from "../storage/storage.ts";
import { type Digest, digestAlgorithm, startDigest } from "./digest.ts";
import { checkExpiry } from "./expiry.ts";
import { MAX_HEADER_BYTES, parseHeader, type ResultHeader } from "./header.ts";
import type { RecordReference } from "./reference.ts";
import { parseTrailer, type PayloadFacts, TRAILER_BYTES } from "./trailer.ts";

/** Objects up to this size are read in one piece; above it, the header is parsed while the rest is still coming. */
const ONE_PIECE = 256 * 1024;
/** Bytes read at once into memory that is there already; while they come, those before them are hashed. */
const PIECE = 1024 * 1024;

/** Where a record is, and which write of it is meant, if one is. */
export interface RecordTarget {
  readonly storage: Storage;
  readonly key: string;
  readonly reference?: RecordReference | undefined;
}

/** What the first bytes of a record say. */
export interface RecordHead {
  readonly info: ObjectInfo;
  readonly header: ResultHeader;
  /** Bytes of the header, newline included. */
  readonly length: number;
  /** Bytes of the payload as stored. */
  readonly payloadSize: number;
}

/** Reads the head of the record in one ranged read of 4 KiB. `Missing` where there is nothing; expiry is not looked at. */
export async function readHead({ storage, key }: RecordTarget, signal?: AbortSignal): Promise<RecordHead> {
  const range = { start: 0, end: MAX_HEADER_BYTES };
  const object = await storage.get(key, storage.capabilities.ranges ? { range, signal } : { signal });
  if (object === undefined) throw missing(storage, key);
  if (storage.capabilities.ranges) return headOf(storage, object.info, await object.bytes());
  const { start, rest, reader } = await takeHeader(object);
  await rest.return?.();
  await reader?.cancel();
  return headOf(storage, object.info, start);
}

/** A record whose request has been sent and whose header has been read; `payload` is for one use. */
export interface OpenRecord extends RecordHead {
  /** The header as it stands there, newline included. */
  readonly line: Uint8Array;
  /** The payload as stored. It ends only where size and digest are right; else it throws `Corrupt`. */
  readonly payload: AsyncGenerator<Uint8Array, void, void>;
  /** Instead of `payload`, where all of the record has come: gives it as a part of that memory, and is as strict. */
  readonly arrived: (() => Promise<Uint8Array>) | undefined;
  /** Instead of `payload`, where the storage can: fills memory of the payload's size, and is as strict. */
  readonly fill: ((whole: Uint8Array) => Promise<void>) | undefined;
  /** Ends the request, read or not. */
  cancel(): Promise<void>;
}

/** Opens the record in one request. Checks that it is the write that is meant (`Replaced`) and not past its time (`Expired`). */
export async function openRecord(target: RecordTarget, signal?: AbortSignal): Promise<OpenRecord> {
  const { storage, key } = target;
  const object = await storage.get(key, { signal });
  if (object === undefined) throw missing(storage, key);
  const { start, rest, reader } = await takeHeader(object);
  const cancel = async (): Promise<void> => {
    await rest.return?.();
    await reader?.cancel();
  };
  try {
    const head = headOf(storage, object.info, start);
    checkIdentity(head, target);
    const first = start.subarray(head.length);
    const check = (): Verifier => new Verifier(head, target);
    const fill = reader && ((whole: Uint8Array) => fillVerified(whole, first, reader, check()));
    const arrived = start.byteLength === object.info.size ? () => verifiedAtOnce(first, check()) : undefined;
    const line = start.subarray(0, head.length);
    return { ...head, line, payload: verified(first, rest, check), arrived, fill, cancel };
  } catch (error) {
    await cancel();
    throw error;
  }
}

/** Size and digest of the payload: from the header, or from the trailer in one more ranged read. */
export async function readFacts(target: RecordTarget, head: RecordHead, signal?: AbortSignal): Promise<PayloadFacts> {
  const { header, info } = head;
  if (header.trailer === undefined) return { size: header.size!, digest: header.digest! };
  const { storage, key } = target;
  const range = { start: info.size - TRAILER_BYTES };
  const object = await storage.get(key, storage.capabilities.ranges ? { range, signal } : { signal });
  if (object === undefined) throw missing(storage, key);
  let last: Uint8Array = new Uint8Array();
  for await (const chunk of iterate(object.stream())) last = concat([last, chunk]).slice(-TRAILER_BYTES);
  const facts = parseTrailer(last);
  if (facts !== undefined && object.info.version === info.version) return facts;
  const detail =
    facts === undefined
      ? "its trailer is damaged. Write it again."
      : "it was replaced while it was read. Read it again.";
  throw new ResultError(facts === undefined ? "Corrupt" : "Replaced", detail, { key, storage: storage.url });
}

/** All of the payload, verified, in memory that is the caller's alone. */
export async function readPayload(record: OpenRecord, storage: Storage): Promise<Uint8Array> {
  const { payload, payloadSize, info, arrived, fill } = record;
  if (arrived !== undefined) return await arrived();
  let whole: Uint8Array;
  try {
    whole = new Uint8Array(payloadSize);
  } catch (cause) {
    await record.cancel();
    const detail = `its ${payloadSize} bytes do not fit in memory. Read it as a stream: (await store.resolve(key)).stream().`;
    throw new ResultError("TooLarge", detail, { key: info.key, storage: storage.url, cause });
  }
  if (fill !== undefined) {
    await fill(whole);
    return whole;
  }
  let offset = 0;
  for await (const chunk of payload) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

/** Throws `Replaced` where another write is there than `target` means, and `Expired` where the record is past its time. */
export function checkIdentity({ header }: RecordHead, { storage, key, reference }: RecordTarget): void {
  if (reference !== undefined && reference.writeId !== header.writeId) {
    const detail = `the reference is to the write of ${reference.createdAt}; it was replaced by another on ${header.createdAt}. Read the key for what is there now.`;
    throw new ResultError("Replaced", detail, { key, storage: storage.url });
  }
  checkExpiry(header.expiresAt, { key, storage: storage.url });
}

function missing(storage: Storage, key: string): ResultError {
  return new ResultError("Missing", "there is no such result.", { key, storage: storage.url });
}

function headOf(storage: Storage, info: ObjectInfo, start: Uint8Array): RecordHead {
  const where = { key: info.key, storage: storage.url };
  let parsed;
  try {
    parsed = parseHeader(start);
  } catch (error) {
    if (error instanceof ResultError) throw new ResultError(error.code, error.message, where);
    throw error;
  }
  const { header, length } = parsed;
  const rest = info.size - length;
  const payloadSize = header.size ?? rest - TRAILER_BYTES;
  if (header.size === undefined ? payloadSize < 0 : rest !== header.size) {
    const detail = `the file has ${info.size} bytes, which is not what its header says: it was cut or added to. Write it again.`;
    throw new ResultError("Corrupt", detail, where);
  }
  return { info, header, length, payloadSize };
}

interface Started {
  readonly start: Uint8Array;
  readonly rest: AsyncIterableIterator<Uint8Array, void, void>;
  /** Reads what `rest` would give. */
  readonly reader?: DirectReader;
}

async function takeHeader(object: StoredObject): Promise<Started> {
  if (object.info.size <= ONE_PIECE) {
    const start = await object.bytes();
    return { start, rest: nothing() };
  }
  const reader = directReader(object);
  if (reader !== undefined) {
    const start = new Uint8Array(MAX_HEADER_BYTES);
    let length = 0;
    while (length < start.byteLength) length += await reader.read(start.subarray(length));
    return { start, rest: reader.chunks(), reader };
  }
  const rest = iterate(object.stream());
  let start: Uint8Array = new Uint8Array();
  while (start.byteLength < MAX_HEADER_BYTES && !start.includes(0x0a)) {
    const { done, value } = await rest.next();
    if (done === true) break;
    start = start.byteLength === 0 ? value : concat([start, value]);
  }
  return { start, rest };
}

async function* nothing(): AsyncGenerator<Uint8Array, void, void> {}

async function verifiedAtOnce(rest: Uint8Array, verifier: Verifier): Promise<Uint8Array> {
  const payload = verifier.add(rest);
  await verifier.end();
  return payload;
}

async function fillVerified(
  whole: Uint8Array,
  first: Uint8Array,
  reader: DirectReader,
  verifier: Verifier,
): Promise<void> {
  whole.set(first);
  let from = 0;
  let to = first.byteLength;
  try {
    while (to < whole.byteLength) {
      const reading = reader.read(whole.subarray(to, to + PIECE));
      verifier.add(whole.subarray(from, to));
      [from, to] = [to, to + (await reading)];
    }
    verifier.add(whole.subarray(from, to));
    const rest = new Uint8Array(TRAILER_BYTES + 1);
    for (let count = -1; count !== 0;) {
      count = await reader.read(rest);
      verifier.add(rest.subarray(0, count));
    }
    await verifier.end();
  } finally {
    await reader.cancel();
  }
}

async function* verified(
  first: Uint8Array,
  rest: AsyncIterableIterator<Uint8Array, void, void>,
  check: () => Verifier,
): AsyncGenerator<Uint8Array, void, void> {
  const verifier = check();
  const piece = verifier.add(first);
  if (piece.byteLength > 0) yield piece;
  for await (const chunk of rest) {
    const next = verifier.add(chunk);
    if (next.byteLength > 0) yield next;
  }
  await verifier.end();
}

/** Tells whether what comes behind a header is what was written. */
class Verifier {
  readonly #head: RecordHead;
  readonly #target: RecordTarget;
  readonly #digest: Digest;
  readonly #trailer: Uint8Array;
  #received = 0;

  constructor(head: RecordHead, target: RecordTarget) {
    const { trailer, digest } = head.header;
    this.#head = head;
    this.#target = target;
    this.#digest = startDigest(trailer ?? digestAlgorithm(digest!));
    this.#trailer = new Uint8Array(trailer === undefined ? 0 : TRAILER_BYTES);
  }

  /** Takes the bytes that come next, and gives those of the payload among them. */
  add(chunk: Uint8Array): Uint8Array {
    const { payloadSize } = this.#head;
    const piece = chunk.subarray(0, Math.max(0, payloadSize - this.#received));
    const after = chunk.subarray(piece.byteLength);
    if (after.byteLength > 0) this.#trailer.set(after, this.#received + piece.byteLength - payloadSize);
    this.#received += chunk.byteLength;
    this.#digest.update(piece);
    return piece;
  }

  /** Throws `Corrupt` where size, digest or trailer is not as written. */
  async end(): Promise<void> {
    const { header, payloadSize } = this.#head;
    const { storage, key, reference } = this.#target;
    const expected: PayloadFacts | undefined =
      header.trailer === undefined ? { size: header.size!, digest: header.digest! } : parseTrailer(this.#trailer);
    const actual = await this.#digest.text();
    const right = expected?.size === payloadSize && expected.digest === actual;
    if (right && (reference === undefined || reference.digest === actual)) return;
    const detail = `its bytes are not those that were written (${actual} instead of ${expected?.digest ?? "what its damaged trailer says"}). Write it again.`;
    throw new ResultError("Corrupt", detail, { key, storage: storage.url });
  }
}
