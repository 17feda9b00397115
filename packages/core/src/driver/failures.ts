import { StorageError } from "../errors.ts";
import type { Failure } from "./retry.ts";

/** The codes with which connections end that were never made: nothing was sent. */
const NOT_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);
const BROKEN = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNABORTED", "ERR_STREAM_PREMATURE_CLOSE"]);
const UNTRUSTED = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL)/;

/**
 * What is to be said of an error of Node's with which a connection to `where` failed: it could not be made, broke, or is
 * not trusted. Undefined where it is another error. `cause` is kept in its place.
 */
export function connectionFailure(error: unknown, where: string, cause: Error): Failure | undefined {
  const { name = "", message = "", code: given } = (error ?? {}) as { name?: string; message?: string; code?: string };
  // SDKs wrap errors of another realm, as those of Node are in some test runners, and keep their text only.
  const code = typeof given === "string" ? given : (/\bE[A-Z]{4,}\b/.exec(message)?.[0] ?? "");
  if (NOT_SENT.has(code)) {
    const detail = `${where} cannot be reached (${code}). Look at the network and the endpoint.`;
    return { error: new StorageError({ code: "Unavailable", detail, retryable: true, cause }), applied: false };
  }
  if (BROKEN.has(code) || name === "TimeoutError" || message === "aborted" || /socket hang up/.test(message)) {
    const detail = `the connection to ${where} broke (${shortText(code || name)}). Try again later.`;
    return { error: new StorageError({ code: "Unavailable", detail, retryable: true, cause }), applied: true };
  }
  if (!UNTRUSTED.test(code)) return undefined;
  const detail = `the certificate of ${where} is not trusted (${shortText(code)}). Look at the endpoint.`;
  return { error: new StorageError({ code: "Misconfigured", detail, cause }), applied: false };
}

/**
 * A function that takes out of a text what no message may hold: the secrets it is given, and what looks like a key, a
 * token or a signature.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const known = secrets.filter((secret) => secret !== "");
  return (text) => {
    let redacted = text;
    for (const secret of known) redacted = redacted.replaceAll(secret, "…");
    return redacted.replace(/[A-Za-z0-9+/=_%-]{40,}/g, "…");
  };
}

/**
 * An error with the name, message, stack and code of another, to be the cause of one: that of an SDK may hold the request,
 * with its credentials.
 */
export function plainCause(error: unknown, redact: (text: string) => string): Error {
  const { name = "Error", message = String(error), code } = (error ?? {}) as Partial<Error & { code: unknown }>;
  const cause = new Error(redact(message).slice(0, 500));
  cause.name = name;
  if (error instanceof Error && error.stack?.includes("\n    at ") === true) {
    cause.stack = `${cause.name}: ${cause.message}${error.stack.slice(error.stack.indexOf("\n    at "))}`;
  }
  return typeof code === "string" ? Object.assign(cause, { code }) : cause;
}

/** A text from outside as a message may hold it: printable and short. */
export function shortText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 120);
}
