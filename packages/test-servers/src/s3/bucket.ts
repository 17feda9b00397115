import { createHash, randomUUID } from "node:crypto";
import { SortedMap } from "../sorted-map.ts";
import { S3Error } from "./errors.ts";

const MIB = 2 ** 20;

/** An object as it is kept. */
export interface StoredObject {
  readonly chunks: readonly Buffer[];
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
  readonly modifiedAt: Date;
  readonly headers: Readonly<Record<string, string>>;
}

/** A part that was sent, of an upload that is not complete. */
export interface StoredPart {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** An upload that is neither complete nor aborted. */
export interface Upload {
  readonly id: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, StoredPart>;
}

/** The conditions of a write. */
export interface Conditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** The objects of a bucket, and the uploads that are under way. Everything happens at once: nothing awaits. */
export class Bucket {
  readonly objects: SortedMap<StoredObject> = new SortedMap();
  readonly uploads: Map<string, Upload> = new Map();
  /** Bytes that every part but the last must have. */
  readonly #minPartSize: number;

  constructor(minPartSize: number = 5 * MIB) {
    this.#minPartSize = minPartSize;
  }

  put(
    key: string,
    bytes: Buffer,
    headers: Readonly<Record<string, string>>,
    conditions: Conditions,
    now: Date,
  ): StoredObject {
    this.check(key, conditions);
    return this.#keep(key, [bytes], `"${md5(bytes).toString("hex")}"`, headers, now);
  }

  /** Throws unless the conditions hold for what is there. */
  check(key: string, { ifMatch, ifNoneMatch }: Conditions): void {
    const there = this.objects.get(key);
    if (ifNoneMatch !== undefined && ifNoneMatch !== "*") throw new S3Error(501, "NotImplemented", "If-None-Match");
    if (ifNoneMatch === "*" && there !== undefined) throw failed("If-None-Match");
    if (ifMatch === undefined) return;
    if (there === undefined) throw new S3Error(404, "NoSuchKey", "The specified key does not exist.");
    if (ifMatch !== "*" && ifMatch !== there.etag && `"${ifMatch}"` !== there.etag) throw failed("If-Match");
  }

  delete(key: string): void {
    this.objects.delete(key);
  }

  createUpload(key: string, headers: Readonly<Record<string, string>>): Upload {
    const upload: Upload = { id: randomUUID(), key, headers, parts: new Map() };
    this.uploads.set(upload.id, upload);
    return upload;
  }

  upload(id: string, key: string): Upload {
    const upload = this.uploads.get(id);
    if (upload?.key !== key) throw new S3Error(404, "NoSuchUpload", "The specified upload does not exist.");
    return upload;
  }

  putPart(upload: Upload, number: number, bytes: Buffer): StoredPart {
    if (!(number >= 1 && number <= 10_000)) throw new S3Error(400, "InvalidArgument", "Part number");
    const part = { bytes, etag: `"${md5(bytes).toString("hex")}"` };
    upload.parts.set(number, part);
    return part;
  }

  complete(
    upload: Upload,
    named: readonly { readonly number: number; readonly etag: string }[],
    conditions: Conditions,
    now: Date,
  ): StoredObject {
    if (named.length === 0) throw new S3Error(400, "MalformedXML", "No parts.");
    if (named.some(({ number }, index) => index > 0 && number <= named[index - 1]!.number)) {
      throw new S3Error(400, "InvalidPartOrder", "The order of parts.");
    }
    const parts = named.map(({ number, etag }, index) => {
      const part = upload.parts.get(number);
      if (part?.etag !== etag) throw new S3Error(400, "InvalidPart", `Part ${number} is not there.`);
      if (index < named.length - 1 && part.bytes.byteLength < this.#minPartSize) {
        throw new S3Error(400, "EntityTooSmall", `Part ${number} is too small.`);
      }
      return part.bytes;
    });
    this.check(upload.key, conditions);
    this.uploads.delete(upload.id);
    const etag = `"${md5(Buffer.concat(parts.map(md5))).toString("hex")}-${parts.length}"`;
    return this.#keep(upload.key, parts, etag, upload.headers, now);
  }

  #keep(
    key: string,
    chunks: readonly Buffer[],
    etag: string,
    headers: Readonly<Record<string, string>>,
    now: Date,
  ): StoredObject {
    const size = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const modifiedAt = new Date(Math.floor(now.getTime() / 1000) * 1000);
    const object = { chunks, size, etag, modifiedAt, headers };
    this.objects.set(key, object);
    return object;
  }
}

function md5(bytes: Buffer): Buffer {
  return createHash("md5").update(bytes).digest();
}

function failed(condition: string): S3Error {
  const message = "At least one of the pre-conditions you specified did not hold";
  return new S3Error(412, "PreconditionFailed", message, { Condition: condition });
}
