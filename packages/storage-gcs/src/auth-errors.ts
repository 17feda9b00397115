import { StorageError } from "@coatcheck/core";
import { connectionFailure, plainCause, redactor, shortText } from "@coatcheck/core/driver";

/** Takes out of a text what no message may hold: keys, tokens, the addresses of uploads. */
export const redact: (text: string) => string = redactor([]);

const WAYS =
  "Give the option credentials, set GOOGLE_APPLICATION_CREDENTIALS, or run: gcloud auth application-default login";

/** What is wrong where the SDK could get no token. Nothing was sent to the bucket. */
export function explainAuth(error: unknown): StorageError {
  const {
    message = "",
    response,
    config,
  } = (error ?? {}) as {
    message?: string;
    response?: { status?: number; data?: unknown };
    config?: { url?: unknown };
  };
  const cause = plainCause(error, redact);
  const unauthenticated = (detail: string): StorageError =>
    new StorageError({ code: "Unauthenticated", detail, cause });
  const machine = /computeMetadata|metadata\.google/.test(`${String(config?.url)} ${message}`);
  if (/default credentials|Unable to detect a Project Id/i.test(message)) {
    return unauthenticated(`no credentials were found. ${WAYS}`);
  }
  const status = response?.status ?? 0;
  if (status >= 500 || status === 429) {
    const detail = `the service that gives tokens failed (${status}). Try again later.`;
    return new StorageError({ code: "Unavailable", detail, retryable: true, cause });
  }
  if (status >= 400) {
    const said = oauthError(response?.data);
    if (machine) return unauthenticated(`the machine has no service account that may be used. ${WAYS}`);
    const clock = /timeframe|\biat\b|\bexp\b/.test(said) ? " Look at the clock of this machine too." : "";
    return unauthenticated(`Google does not take the credentials (${said}). Get new ones.${clock}`);
  }
  if (machine) return unauthenticated(`no credentials were found, and no metadata server answers. ${WAYS}`);
  const known = connectionFailure(originOf(error), "the service that gives tokens", cause);
  if (known !== undefined) return known.error;
  if (/DECODER|PEM|asn1|ASN1/.test(message)) {
    return unauthenticated("the private key of the credentials cannot be read: it is not PEM. Correct it.");
  }
  return unauthenticated(`the credentials cannot be used: ${redact(shortText(message))}`);
}

/** The error that the SDK wrapped, where it kept it. */
function originOf(error: unknown): unknown {
  const { cause, error: inner } = (error ?? {}) as { cause?: unknown; error?: unknown };
  const origin = cause ?? inner;
  return origin === undefined || typeof origin !== "object" || origin === null || !("code" in origin) ? error : origin;
}

/** `invalid_grant: Invalid JWT Signature.` */
function oauthError(data: unknown): string {
  const { error, error_description: description } = (data ?? {}) as { error?: unknown; error_description?: unknown };
  const parts = [error, description].filter((part): part is string => typeof part === "string");
  return parts.length === 0 ? "it does not say why" : redact(shortText(parts.join(": ")));
}
