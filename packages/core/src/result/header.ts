import { fromUtf8, utf8 } from "../bytes.ts";
import { ResultError } from "../errors.ts";
import type { JsonObject } from "../serializer/serializer.ts";
import { quote } from "../text.ts";
import { crc32Digest, DIGEST_PATTERN, type DigestAlgorithm } from "./digest.ts";

/** The most a header may take, its newline included: one small ranged read always has all of it. */
export const MAX_HEADER_BYTES = 4096;
const MAGIC = '{"coatcheck":1,';
const CHECK = /,"check":"(crc32:[0-9a-f]{8})"\}$/;
const ID_PATTERN = /^[\x21-\x7e]{1,64}$/;

/** How something that a result is made of describes itself: its `type`, and what else a reader needs. */
export type Description = JsonObject & { readonly type: string };

/** The first line of a result file; docs/result-file-format.md specifies it. */
export interface ResultHeader {
  readonly serializer: Description;
  /** The outermost first. */
  readonly codecs: readonly Description[];
  /** ISO 8601 in UTC, as `Date.prototype.toISOString` gives. */
  readonly createdAt: string;
  readonly expiresAt?: string;
  /** Random, of this write alone: what a reference pins. */
  readonly writeId: string;
  /** Size and digest were not known when the header went out: they stand in a trailer, made with this algorithm. */
  readonly trailer?: DigestAlgorithm;
  /** Bytes of the payload as stored. */
  readonly size?: number;
  readonly digest?: string;
}

/** The header as the first line of a file, newline included. Throws `InvalidValue` over 4,096 bytes. */
export function encodeHeader(header: ResultHeader): Uint8Array {
  const covered = JSON.stringify({ ...identity(header), ...placement(header) }).slice(0, -1);
  const line = utf8(`${covered},"check":"${crc32Digest(utf8(covered))}"}\n`);
  if (line.byteLength > MAX_HEADER_BYTES) {
    throw new ResultError(
      "InvalidValue",
      `the header would take ${line.byteLength} bytes, at most ${MAX_HEADER_BYTES} fit. Shorten what the serializer or its codecs say in describe().`,
    );
  }
  return line;
}

/** The header without what depends on the payload, a newline, and the key: what a codec may authenticate. */
export function associatedData(header: ResultHeader, key: string): Uint8Array {
  return utf8(`${JSON.stringify(identity(header))}\n${key}`);
}

function identity({ serializer, codecs, createdAt, expiresAt, writeId }: ResultHeader): object {
  return {
    coatcheck: 1,
    serializer,
    ...(codecs.length > 0 ? { codecs } : {}),
    createdAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    writeId,
  };
}

function placement({ trailer, size, digest }: ResultHeader): object {
  return trailer === undefined ? { size, digest } : { trailer };
}

/**
 * The header at the start of a file, and how many bytes it takes. `start` is the first 4,096 bytes, or all there are.
 * Throws `Corrupt` where it was damaged or cut, `UnknownFormat` where a later version wrote it, and `NotAResult` where
 * this is no result file at all.
 */
export function parseHeader(start: Uint8Array): { readonly header: ResultHeader; readonly length: number } {
  const newline = start.subarray(0, MAX_HEADER_BYTES).indexOf(0x0a);
  const line = start.subarray(0, newline < 0 ? Math.min(start.byteLength, MAX_HEADER_BYTES) : newline);
  let text: string | undefined;
  try {
    text = fromUtf8(line);
  } catch {
    throw looksLikeHeader(line) ? damaged() : notAResult();
  }
  const check = newline < 0 ? null : CHECK.exec(text);
  if (check === null) {
    if (text === "" && newline < 0) throw damaged("the file is empty");
    if ((newline < 0 && MAGIC.startsWith(text)) || text.startsWith(MAGIC)) throw damaged();
    const version = /^\{"coatcheck":(\d{1,9}),/.exec(text);
    if (version !== null) throw unknownFormat(version[1]!);
    throw looksLikeHeader(line) ? damaged() : notAResult();
  }
  // Every version of the format ends its first line in this check: damage is told from another version by it.
  if (crc32Digest(utf8(text.slice(0, check.index))) !== check[1]) throw damaged();
  const version = /^\{"coatcheck":(\d{1,9}),/.exec(text)?.[1];
  if (version !== "1") throw version === undefined ? notAResult() : unknownFormat(version);
  return { header: checkHeader(parsed(text)), length: newline + 1 };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed();
  }
}

function looksLikeHeader(line: Uint8Array): boolean {
  let same = 0;
  for (let i = 0; i < MAGIC.length; i++) if (line[i] === MAGIC.charCodeAt(i)) same++;
  return same >= MAGIC.length - 4;
}

function damaged(what = "its header is damaged or cut"): ResultError {
  return new ResultError("Corrupt", `${what}. Write the result again.`);
}

/** Its check is right, so this is how it was written: by another program, wrongly. */
function malformed(): ResultError {
  return damaged("its header lacks what the format asks for, or has it wrong");
}

function notAResult(): ResultError {
  return new ResultError("NotAResult", "the file there is no result of Coatcheck: it does not begin with its header.");
}

function unknownFormat(version: string): ResultError {
  return new ResultError(
    "UnknownFormat",
    `it was written in version ${version} of the file format; this release reads version 1. Update @coatcheck/core.`,
  );
}

function checkHeader(members: unknown): ResultHeader {
  const { serializer, codecs = [], createdAt, expiresAt, writeId, trailer, size, digest } = members as JsonObject;
  const valid =
    isDescription(serializer) &&
    Array.isArray(codecs) &&
    codecs.every(isDescription) &&
    isTime(createdAt) &&
    (expiresAt === undefined || isTime(expiresAt)) &&
    isWriteId(writeId) &&
    (trailer === undefined
      ? isSize(size) && isDigest(digest)
      : (trailer === "crc32" || trailer === "sha256") && size === undefined && digest === undefined);
  if (!valid) throw malformed();
  return {
    serializer,
    codecs,
    createdAt,
    writeId,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(trailer === undefined
      ? { size: size as number, digest: digest as string }
      : { trailer: trailer as DigestAlgorithm }),
  };
}

function isDescription(value: unknown): value is Description {
  return typeof value === "object" && value !== null && typeof (value as Description).type === "string";
}

/** Whether `value` is a time as the format writes it. */
export function isTime(value: unknown): value is string {
  if (typeof value !== "string" || !/^(\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) return false;
  // Of the 30th of February, and of 24 o'clock, the day would be another.
  return new Date(value).getUTCDate() === Number(value.slice(-16, -14));
}

/** Whether `value` is a write id as the format allows it. */
export function isWriteId(value: unknown): value is string {
  return typeof value === "string" && ID_PATTERN.test(value);
}

/** Whether `value` is a number of bytes. */
export function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether `value` is a digest as the format writes it. */
export function isDigest(value: unknown): value is string {
  return typeof value === "string" && DIGEST_PATTERN.test(value);
}

/** `compressed/json`: the codecs and the serializer of a header, as a slug, safe to print. */
export function describeHeader(header: ResultHeader): string {
  return quote([...header.codecs, header.serializer].map(({ type }) => type).join("/")).slice(1, -1);
}
