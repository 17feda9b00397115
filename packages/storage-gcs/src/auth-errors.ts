import { StorageError } from "@coatcheck/core";
import { broken, networkCode, redact, safeCause, short } from "./network-errors.ts";

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
  const cause = safeCause(error);
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
  const code = networkCode(error);
  if (machine) return unauthenticated(`no credentials were found, and no metadata server answers. ${WAYS}`);
  const known = broken(code, "the service that gives tokens");
  if (known !== undefined) {
    const { applied: _, ...init } = known;
    return new StorageError({ ...init, cause });
  }
  if (/DECODER|PEM|asn1|ASN1/.test(message)) {
    return unauthenticated("the private key of the credentials cannot be read: it is not PEM. Correct it.");
  }
  return unauthenticated(`the credentials cannot be used: ${redact(short(message))}`);
}

/** `invalid_grant: Invalid JWT Signature.` */
function oauthError(data: unknown): string {
  const { error, error_description: description } = (data ?? {}) as { error?: unknown; error_description?: unknown };
  const parts = [error, description].filter((part): part is string => typeof part === "string");
  return parts.length === 0 ? "it does not say why" : redact(short(parts.join(": ")));
}
