import type { IncomingHttpHeaders } from "node:http";
import { StorageError } from "@coatcheck/core";
import {
  connectionFailure,
  type Failure,
  type Known,
  KNOWN_ANSWERS,
  parseRetryAfter,
  plainCause,
  shortText,
} from "@coatcheck/core/driver";
import { explainAuth, redact } from "./auth-errors.ts";

/** An answer of the service that is no success. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As in `conditionNotMet`; empty where the answer has none. */
  readonly reason: string;

  constructor(status: number, headers: IncomingHttpHeaders, body: string) {
    const { message, reason } = parsed(body);
    super(message);
    this.status = status;
    this.headers = headers;
    this.reason = reason;
  }
}

/** There is no token to send a request with; the cause says why. */
export class AuthFailure extends Error {
  constructor(cause: unknown) {
    super("no token", { cause });
  }
}

const AGAIN = "Try again later.";
const { busy, conflict, failed, missing, shorter, slowBody, strange, tooLarge, unsupported } = KNOWN_ANSWERS;

/** By the reason in the service's answer. `%b` stands for the bucket. */
const BY_REASON: Readonly<Record<string, Known>> = {
  rateLimitExceeded: busy,
  userRateLimitExceeded: busy,
  quotaExceeded: busy,
  dailyLimitExceeded: busy,
  insufficientPermissions: {
    code: "PermissionDenied",
    detail: "the token has not the scope for it. Give the machine the scope cloud-platform, or use other credentials.",
  },
  retentionPolicyNotMet: {
    code: "PermissionDenied",
    detail: 'the retention policy of the bucket "%b" still keeps the object.',
  },
  objectUnderActiveHold: { code: "PermissionDenied", detail: "the object is under a hold. Release it first." },
  userProjectMissing: {
    code: "Misconfigured",
    detail:
      'the bucket "%b" bills those who ask: the credentials need a quota project. Set GOOGLE_CLOUD_QUOTA_PROJECT.',
  },
  uploadTooLarge: tooLarge,
};

/** Makes of anything that a request failed with what the driver says of it. */
export class Explainer {
  readonly #bucket: string;
  readonly #where: string;

  constructor(bucket: string, endpoint: string | undefined) {
    this.#bucket = bucket;
    this.#where = endpoint ?? "the service";
  }

  readonly explain = (error: unknown): Failure => {
    if (error instanceof StorageError) return { error, applied: error.retryable };
    if (error instanceof AuthFailure) return { error: explainAuth(error.cause), applied: false };
    return error instanceof Refusal ? this.#refused(error) : this.#broken(error);
  };

  #refused(refusal: Refusal): Failure {
    const { status, reason, headers } = refusal;
    const known = this.#known(refusal);
    const said = reason === "" ? "" : ` ${redact(shortText(reason))}`;
    const init = {
      ...known,
      detail: `${known.detail.replaceAll("%b", this.#bucket)} (${status}${said})`,
      cause: plainCause(refusal, redact),
    };
    // A failure of the service, or an answer that nobody understands, may follow a request that was carried out.
    const applied = status < 400 || status >= 500;
    return { error: new StorageError(init), retryAfter: parseRetryAfter(headers["retry-after"]), applied };
  }

  #known(refusal: Refusal): Known {
    const { status, reason, message } = refusal;
    const known = Object.hasOwn(BY_REASON, reason) ? BY_REASON[reason] : undefined;
    if (known !== undefined) return known;
    switch (status) {
      case 400:
        return badRequest(message);
      case 401:
        return unauthenticated(reason, message);
      case 403:
        return forbidden(message);
      case 404:
        return this.#notFound(refusal);
      case 408:
        return slowBody;
      case 409:
        return { code: "Unavailable", detail: `others change the same at the same time. ${AGAIN}`, retryable: true };
      case 412:
        return conflict;
      case 413:
        return tooLarge;
      case 416:
        return shorter;
      case 429:
        return busy;
      case 501:
        return unsupported;
    }
    if (status >= 500) return failed;
    if (status < 400) return garbage(this.#where);
    return strange;
  }

  #notFound(refusal: Refusal): Known {
    if (isMissingBucket(refusal.message)) {
      const detail = 'there is no bucket "%b". Create it, or correct the name or the endpoint.';
      return { code: "Misconfigured", detail };
    }
    // The driver asks for objects that may be missing where that is no failure.
    return isMissingObject(refusal) ? missing : garbage(this.#where);
  }

  #broken(error: unknown): Failure {
    const cause = plainCause(error, redact);
    const failure = connectionFailure(error, this.#where, cause);
    if (failure !== undefined) return failure;
    if (String((error as { code?: unknown } | null)?.code).startsWith("HPE_")) {
      return { error: new StorageError({ ...garbage(this.#where), cause }), applied: true };
    }
    const message = redact(shortText(error instanceof Error ? error.message : String(error)));
    const detail = `it failed in a way this storage does not know: ${message}`;
    return { error: new StorageError({ code: "Unknown", detail, cause }), applied: true };
  }
}

/**
 * Whether the service says that the object is not there, and not the bucket. It says so as JSON, and to downloads in words;
 * a proxy that knows of no service answers 404 too.
 */
export function isMissingObject(error: unknown): boolean {
  if (!(error instanceof Refusal) || error.status !== 404 || isMissingBucket(error.message)) return false;
  return error.reason === "notFound" || /^(No such object\b|Not Found$)/.test(error.message.trim());
}

/** Whether the service says that a condition does not hold. */
export function isConditionNotMet(error: unknown): boolean {
  return error instanceof Refusal && error.status === 412;
}

/** Whether the service says that the object ends before the range begins. */
export function isBeyond(error: unknown): boolean {
  return error instanceof Refusal && error.status === 416;
}

function garbage(where: string): Known {
  const detail = `what ${where} answered is not Cloud Storage. Look at the endpoint, and at proxies before it.`;
  return { code: "Unavailable", detail, retryable: true };
}

function badRequest(message: string): Known {
  if (/object (length|name)/i.test(message)) {
    return { code: "InvalidKey", detail: "the service takes no such key. Choose a shorter one, or another." };
  }
  if (/bucket name/i.test(message)) {
    return { code: "Misconfigured", detail: 'the service takes no bucket of the name "%b". Correct it.' };
  }
  return strange;
}

function unauthenticated(reason: string, message: string): Known {
  const detail =
    reason === "required" || /^anonymous caller/i.test(message)
      ? 'the service asks for credentials for the bucket "%b", and none were sent: with another endpoint they are sent only where they are given. Give the option credentials.'
      : "the service does not take the token: it has expired, was withdrawn, or the clock of this machine is wrong. Get new credentials.";
  return { code: "Unauthenticated", detail };
}

function forbidden(message: string): Known {
  const [permission] = /storage\.[a-z]+\.[a-zA-Z]+/.exec(message) ?? [];
  const needs = permission === undefined ? "" : `: it needs ${permission}`;
  const list =
    permission === "storage.objects.list"
      ? " A key that is not there is forbidden too, where that is not granted."
      : "";
  return {
    code: "PermissionDenied",
    detail: `the credentials do not allow it in the bucket "%b"${needs}. Grant it, or use other credentials.${list}`,
  };
}

function isMissingBucket(message: string): boolean {
  return /\bbucket\b.*does not exist/i.test(message);
}

/** What an answer says: JSON from most of the service, bare text from downloads, XML from proxies. */
function parsed(body: string): { readonly message: string; readonly reason: string } {
  try {
    const { error } = JSON.parse(body) as { error: { message: string; errors?: readonly { reason?: string }[] } };
    return { message: String(error.message), reason: String(error.errors?.[0]?.reason ?? "") };
  } catch {
    return { message: body.slice(0, 500), reason: "" };
  }
}
