import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { pipeline, Readable } from "node:stream";
import { hearErrors } from "@coatcheck/core/driver";

/** Bytes that are handed to the connection at once. */
const PIECE = 256 * 1024;

/** A request as it goes over the wire. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: readonly Uint8Array[] | undefined;
}

/** The answer to a request. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Fails where the connection breaks before its end. */
  readonly body: IncomingMessage;
}

/**
 * Sends one request, once. An abort ends it, and the body of its answer. (The SDK's own ways to send one take no signal, or
 * lose the news that a body was cut, and wait for its rest for ever.)
 */
export async function sendRequest(
  { method, url, headers, body = [] }: HttpRequest,
  agent: Agent,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const size = body.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const bodied = method === "POST" || method === "PUT";
  return await new Promise((resolve, reject) => {
    const outgoing = (url.startsWith("https:") ? httpsRequest : httpRequest)(url, {
      method,
      agent,
      signal,
      headers: bodied ? { ...headers, "content-length": String(size) } : headers,
    });
    outgoing.once("response", (answer) => {
      hearErrors(answer);
      resolve({ status: answer.statusCode!, headers: answer.headers, body: answer });
    });
    // An answer may come before all of the body is sent: what fails then is of no interest.
    outgoing.on("error", reject);
    if (size <= PIECE) outgoing.end(Buffer.concat(body, size));
    else pipeline(Readable.from(pieces(body), { objectMode: false, highWaterMark: PIECE }), outgoing, () => {});
  });
}

/** The text of an answer, which is short. */
export async function textOf({ body }: HttpAnswer): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function* pieces(chunks: readonly Uint8Array[]): Generator<Uint8Array, void, void> {
  for (const chunk of chunks) {
    for (let offset = 0; offset < chunk.byteLength; offset += PIECE) yield chunk.subarray(offset, offset + PIECE);
  }
}
