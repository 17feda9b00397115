import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { crc32 } from "node:zlib";
import { collect } from "../body.ts";
import type { Fault } from "../faults.ts";
import { S3Error } from "./errors.ts";

/** The body of a request, checked. */
export interface RequestBody {
  readonly bytes: Buffer;
  /** The CRC32 that came with it, in base64. */
  readonly crc32: string | undefined;
  /** Whether any checksum came with it. */
  readonly checked: boolean;
}

/** Reads the body, undoes its framing, and compares it with every checksum and length that came with it. */
export async function readRequestBody(
  request: IncomingMessage,
  payloadHash: string,
  fault: Fault<string> | undefined,
): Promise<RequestBody> {
  const raw = await collect(request, fault);
  const { headers } = request;
  const header = (name: string): string | undefined => headers[name] as string | undefined;
  const framed = payloadHash === "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
  if (payloadHash.startsWith("STREAMING-") && !framed) throw new S3Error(501, "NotImplemented", payloadHash);
  const { bytes, trailers } = framed ? unframe(raw) : { bytes: raw, trailers: new Map<string, string>() };
  const decodedLength = header("x-amz-decoded-content-length");
  if (decodedLength !== undefined && Number(decodedLength) !== bytes.byteLength) {
    throw new S3Error(400, "IncompleteBody", "The body is not as long as it says.");
  }
  if (/^[0-9a-f]{64}$/.test(payloadHash) && createHash("sha256").update(bytes).digest("hex") !== payloadHash) {
    throw new S3Error(400, "XAmzContentSHA256Mismatch", "The body is not that of its digest.");
  }
  const md5 = header("content-md5");
  if (md5 !== undefined && createHash("md5").update(bytes).digest("base64") !== md5) {
    throw new S3Error(400, "BadDigest", "The Content-MD5 is not that of the body.");
  }
  const crc = trailers.get("x-amz-checksum-crc32") ?? header("x-amz-checksum-crc32");
  if (crc !== undefined && crc !== crc32Of(bytes)) {
    throw new S3Error(400, "BadDigest", "The CRC32 is not that of the body.");
  }
  return { bytes, crc32: crc, checked: md5 !== undefined || crc !== undefined };
}

/** As S3 writes it: base64 of the big-endian number. */
export function crc32Of(bytes: Uint8Array): string {
  const digest = Buffer.alloc(4);
  digest.writeUInt32BE(crc32(bytes));
  return digest.toString("base64");
}

/** The chunks of `aws-chunked`, and the trailers after them. */
function unframe(raw: Buffer): { readonly bytes: Buffer; readonly trailers: Map<string, string> } {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = raw.indexOf("\r\n", at);
    const size = parseInt(raw.toString("latin1", at, end), 16);
    if (end === -1 || Number.isNaN(size)) throw new S3Error(400, "IncompleteBody", "The chunks have no end.");
    at = end + 2;
    if (size === 0) break;
    chunks.push(raw.subarray(at, at + size));
    at += size + 2;
  }
  const trailers = raw.toString("latin1", at).split("\r\n").filter(Boolean);
  return {
    bytes: Buffer.concat(chunks),
    trailers: new Map(trailers.map((line) => line.split(/:\s*/, 2) as [string, string])),
  };
}
