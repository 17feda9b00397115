import { randomUUID } from "node:crypto";
import { SortedMap } from "../sorted-map.ts";
import { crc32cOf } from "./crc32c.ts";
import { conditionNotMet, GcsError, invalidArgument, noSuchObject } from "./errors.ts";

/** What a request says of the object that it writes. */
export interface Described {
  readonly name: string;
  readonly contentType: string | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly crc32c: string | undefined;
}

/** An object as it is kept. */
export interface StoredObject {
  readonly name: string;
  readonly chunks: readonly Buffer[];
  readonly size: number;
  readonly generation: string;
  readonly crc32c: string;
  readonly updated: Date;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>> | undefined;
}

/** A resumable upload. */
export interface Session {
  readonly id: string;
  readonly described: Described;
  readonly ifGenerationMatch: string | undefined;
  /** How many bytes were announced, where that was said. */
  readonly length: number | undefined;
  readonly chunks: Buffer[];
  received: number;
  /** What it became. */
  done: StoredObject | undefined;
}

/** The objects of a bucket, and the uploads that are under way. Everything happens at once: nothing awaits. */
export class Bucket {
  readonly name: string;
  readonly objects: SortedMap<StoredObject> = new SortedMap();
  /** Keys whose objects are kept compressed by gzip, and are decompressed for who does not take that. */
  readonly compressed: Set<string> = new Set();
  readonly sessions: Map<string, Session> = new Map();
  #generation = BigInt(Date.now()) * 1000n;

  constructor(name: string) {
    this.name = name;
  }

  /** Throws unless the condition holds for what is there. */
  check(key: string, ifGenerationMatch: string | undefined): void {
    if (ifGenerationMatch === undefined) return;
    if (!/^\d{1,19}$/.test(ifGenerationMatch)) throw invalidArgument(`Invalid value for: ${ifGenerationMatch}`);
    if ((this.objects.get(key)?.generation ?? "0") !== ifGenerationMatch) throw conditionNotMet();
  }

  /** The object, of a generation where one is asked for. */
  object(key: string, generation: string | undefined): StoredObject {
    const object = this.objects.get(key);
    if (object === undefined || (generation !== undefined && generation !== object.generation)) {
      throw noSuchObject(this.name, key);
    }
    return object;
  }

  put(described: Described, chunks: readonly Buffer[], ifGenerationMatch: string | undefined, now: Date): StoredObject {
    const { name, contentType = "application/octet-stream", metadata } = described;
    this.check(name, ifGenerationMatch);
    const crc32c = crc32cOf(chunks);
    if (described.crc32c !== undefined && described.crc32c !== crc32c) {
      throw invalidArgument(`Provided CRC32C "${described.crc32c}" doesn't match calculated CRC32C "${crc32c}".`);
    }
    const object: StoredObject = {
      name,
      chunks,
      size: chunks.reduce((sum, { byteLength }) => sum + byteLength, 0),
      generation: String(++this.#generation),
      crc32c,
      updated: now,
      contentType,
      metadata,
    };
    this.objects.set(name, object);
    return object;
  }

  delete(key: string, ifGenerationMatch: string | undefined): void {
    if (!this.objects.has(key)) throw noSuchObject(this.name, key);
    this.check(key, ifGenerationMatch);
    this.objects.delete(key);
  }

  start(described: Described, ifGenerationMatch: string | undefined, length: number | undefined): Session {
    this.check(described.name, ifGenerationMatch);
    const session: Session = {
      id: randomUUID(),
      described,
      ifGenerationMatch,
      length,
      chunks: [],
      received: 0,
      done: undefined,
    };
    this.sessions.set(session.id, session);
    return session;
  }

  session(id: string): Session {
    const session = this.sessions.get(id);
    if (session === undefined) throw new GcsError(410, "gone", "The upload session is not there any more.");
    return session;
  }

  /** Keeps the bytes of a chunk that begin at `start`, but for those that it has. */
  receive(session: Session, start: number, bytes: Buffer): void {
    if (start > session.received) throw invalidArgument("The chunk does not follow the bytes that were received.");
    const fresh = bytes.subarray(session.received - start);
    if (fresh.byteLength === 0) return;
    session.chunks.push(fresh);
    session.received += fresh.byteLength;
  }

  /** Makes the object, which has `total` bytes. */
  finish(session: Session, total: number, now: Date): StoredObject {
    if (session.received !== total || (session.length !== undefined && session.length !== total)) {
      throw invalidArgument("The upload is not as long as it says.");
    }
    session.done = this.put(session.described, [...session.chunks], session.ifGenerationMatch, now);
    session.chunks.length = 0;
    return session.done;
  }
}
