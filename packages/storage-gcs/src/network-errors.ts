import type { StorageErrorInit } from "@coatcheck/core";

/** The codes with which connections end that were never made: nothing was sent. */
const NOT_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);
const BROKEN = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNABORTED", "ERR_STREAM_PREMATURE_CLOSE"]);

/** The code that Node gives a failure of a connection, wherever the SDK keeps it; empty where there is none. */
export function networkCode(error: unknown): string {
  for (let each = error; typeof each === "object" && each !== null;) {
    const { code, cause, error: inner } = each as { code?: unknown; cause?: unknown; error?: unknown };
    if (typeof code === "string" && /^(E[A-Z]|HPE_|CERT_|DEPTH_|SELF_|UNABLE_)/.test(code)) return code;
    each = cause ?? inner;
  }
  return "";
}

/** What a failure of the connection to `where` is; undefined where the code is of no such failure. */
export function broken(
  code: string,
  where: string,
): (Pick<StorageErrorInit, "code" | "detail" | "retryable"> & { readonly applied: boolean }) | undefined {
  if (NOT_SENT.has(code)) {
    const detail = `${where} cannot be reached (${code}). Look at the network and the endpoint.`;
    return { code: "Unavailable", detail, retryable: true, applied: false };
  }
  if (BROKEN.has(code)) {
    const detail = `the connection to ${where} broke (${code}). Try again later.`;
    return { code: "Unavailable", detail, retryable: true, applied: true };
  }
  if (/^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|EPROTO)/.test(code)) {
    const detail = `the certificate of ${where} is not trusted (${code}). Look at the endpoint.`;
    return { code: "Misconfigured", detail, applied: false };
  }
  if (!code.startsWith("HPE_")) return undefined;
  const detail = `what ${where} answered is not HTTP (${code}). Look at the endpoint, and at proxies before it.`;
  return { code: "Unavailable", detail, retryable: true, applied: true };
}

/** An error that holds no secret: those of the SDK have the request in them, with its token. */
export function safeCause(error: unknown): Error {
  const { name = "Error", message = String(error), code } = (error ?? {}) as Partial<Error & { code: unknown }>;
  const cause = new Error(redact(message).slice(0, 500));
  cause.name = name;
  if (error instanceof Error && error.stack?.includes("\n    at ") === true) {
    cause.stack = `${cause.name}: ${cause.message}${error.stack.slice(error.stack.indexOf("\n    at "))}`;
  }
  return typeof code === "string" ? Object.assign(cause, { code }) : cause;
}

/** Text without tokens, keys and addresses of uploads. */
export function redact(text: string): string {
  return text
    .replace(/-----BEGIN[^-]*-----[^]*?(-----END[^-]*-----|$)/g, "…")
    .replace(/\bya29\.[\w.-]+/g, "…")
    .replace(/upload_id=[^\s&"]+/g, "upload_id=…")
    .replace(/[A-Za-z0-9+/=_.-]{60,}/g, "…");
}

/** Text for a message: printable and not long. */
export function short(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 200);
}
