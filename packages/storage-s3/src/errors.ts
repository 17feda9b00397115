import { StorageError } from "@coatcheck/core";
import {
  connectionFailure,
  type Failure,
  type Known,
  KNOWN_ANSWERS,
  parseRetryAfter,
  plainCause,
  redactor,
  shortText as short,
} from "@coatcheck/core/driver";
import { KNOWN } from "./answers.ts";

/** What a request needs to be allowed, by the name that policies have for it. */
export type Permission =
  | "s3:GetObject"
  | "s3:PutObject"
  | "s3:DeleteObject"
  | "s3:DeleteObject and s3:GetObject"
  | "s3:AbortMultipartUpload"
  | "s3:ListBucket";

/** What the request that failed with an error would have needed. */
const needed = new WeakMap<object, Permission>();

/** Notes what the request that failed with `error` would have needed, for its message. */
export function noteNeeded(error: unknown, permission: Permission): void {
  if (typeof error === "object" && error !== null) needed.set(error, permission);
}

/** What an error of the SDK says, where it is an answer of the service. */
interface ServiceAnswer {
  readonly name: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly requestId: string | undefined;
}

/** Answers that say that the request was not carried out, of those that say that the service failed. */
const NOT_DONE = new Set(["SlowDown", "SlowDownRead", "SlowDownWrite", "ServiceUnavailable", "NotImplemented"]);
/** What the SDK calls an answer that has no code, as each of S3 has: a page of a proxy. */
const NAMELESS = new Set(["Error", "NotFound", "Unknown", "UnknownError"]);

/** Makes of anything that a request failed with what the driver says of it. */
export class Explainer {
  readonly #bucket: string;
  readonly #where: string;
  readonly #redact: (text: string) => string;
  /** Whether the client may have sent a request more than once. */
  readonly #clientRetries: boolean;

  constructor(bucket: string, endpoint: string | undefined, secrets: readonly string[], clientRetries: boolean) {
    this.#bucket = bucket;
    this.#where = endpoint ?? "the service";
    const redact = redactor(secrets);
    this.#redact = (text) => redact(text.replace(/\b(AKIA|ASIA)[A-Z0-9]{12,}\b/g, "…"));
    this.#clientRetries = clientRetries;
  }

  readonly explain = (error: unknown): Failure => {
    if (error instanceof StorageError) return { error, applied: error.retryable };
    const answer = answerOf(error);
    return answer === undefined ? this.#broken(error) : this.#answered(answer, error);
  };

  /** What the service says of one key of many that are deleted. */
  named(code: string): StorageError {
    const answer = { name: code, status: 400, headers: {}, requestId: undefined };
    const { detail, ...known } = this.#known(answer, "s3:DeleteObject");
    return new StorageError({ ...known, detail: `${detail.replace("%b", this.#bucket)} (${short(code)})` });
  }

  #answered(answer: ServiceAnswer, error: unknown): Failure {
    const { name, status, headers } = answer;
    const known = this.#known(answer, needed.get(error as object));
    const request = answer.requestId === undefined ? "" : `, request ${short(answer.requestId)}`;
    const init = {
      ...known,
      detail: `${known.detail.replace("%b", this.#bucket)} (${status} ${this.#redact(short(name))}${request})`,
      cause: this.#cause(error),
    };
    // A failure of the service, or an answer that nobody understands, may follow a request that was carried out.
    const applied = status < 400 || (status >= 500 && !NOT_DONE.has(name)) || this.#sentBefore(error);
    return { error: new StorageError(init), retryAfter: parseRetryAfter(headers["retry-after"]), applied };
  }

  #known({ name, status, headers }: ServiceAnswer, permission: Permission | undefined): Known {
    const region = headers["x-amz-bucket-region"];
    if (status === 301 || status === 307 || name === "PermanentRedirect") {
      const hint = region === undefined ? "Give its region." : `Give region: ${JSON.stringify(short(region))}.`;
      return { code: "Misconfigured", detail: `the bucket "%b" is in another region. ${hint}` };
    }
    const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
    if (known !== undefined) return known;
    if (status === 403 || name === "AccessDenied") return denied(permission);
    if (status === 401)
      return { code: "Unauthenticated", detail: "the service does not take the credentials. Correct them." };
    if (status === 429) return KNOWN_ANSWERS.busy;
    if (status === 501) return KNOWN_ANSWERS.unsupported;
    if (status === 412) return KNOWN_ANSWERS.conflict;
    if (status === 413) return KNOWN_ANSWERS.tooLarge;
    if (status === 409) return KNOWN.ConditionalRequestConflict!;
    if (status >= 500) return KNOWN_ANSWERS.failed;
    if (status < 400 || NAMELESS.has(name)) return garbage(this.#where);
    return KNOWN_ANSWERS.strange;
  }

  #broken(error: unknown): Failure {
    const { name = "", message = "", code = "" } = (error ?? {}) as { name?: string; message?: string; code?: string };
    const cause = this.#cause(error);
    const fail = (known: Known, applied: boolean): Failure => ({
      error: new StorageError({ ...known, cause }),
      applied: applied || this.#sentBefore(error),
    });
    if (name === "CredentialsProviderError" || /credential/i.test(name)) {
      const detail =
        "no credentials were found. Give the option credentials, or set them in the environment or the AWS profile.";
      return fail({ code: "Unauthenticated", detail }, false);
    }
    if (/region is missing/i.test(message)) {
      return fail(
        { code: "Misconfigured", detail: "no region is known. Give the option region, or set AWS_REGION." },
        false,
      );
    }
    const connection = connectionFailure(error, this.#where, cause);
    if (connection !== undefined) return { ...connection, applied: connection.applied || this.#sentBefore(error) };
    if (/checksum mismatch/i.test(message)) {
      return fail(
        { code: "Corrupt", detail: "the bytes are not those of the checksum beside them. Read it again." },
        false,
      );
    }
    if (
      /^HPE_|ERR_INVALID_/.test(code) ||
      /\bHPE_[A-Z_]+\b/.test(message) ||
      name === "SyntaxError" ||
      /deserializ|parse|invalid/i.test(message)
    ) {
      return fail(garbage(this.#where), true);
    }
    return fail(
      { code: "Unknown", detail: `it failed in a way this storage does not know: ${short(this.#redact(message))}` },
      true,
    );
  }

  #sentBefore(error: unknown): boolean {
    return this.#clientRetries && (error as { $metadata?: { attempts?: number } } | null)?.$metadata?.attempts !== 1;
  }

  // The SDK's own error holds what the service repeats of the request: signed headers, the access key, session tokens.
  #cause(error: unknown): Error {
    return plainCause(error, this.#redact);
  }
}

/** The code of the service's answer, as in `NoSuchKey`; undefined where the error is no answer. */
export function answerCode(error: unknown): string | undefined {
  return answerOf(error)?.name;
}

/** The HTTP status of the service's answer; undefined where the error is no answer. */
export function answerStatus(error: unknown): number | undefined {
  return answerOf(error)?.status;
}

/** Whether the answer has the number that S3 gives each request: a page of a proxy has none. */
export function isNumbered(error: unknown): boolean {
  return answerOf(error)?.requestId !== undefined;
}

function answerOf(error: unknown): ServiceAnswer | undefined {
  const { name, Code, $metadata, $response } = (error ?? {}) as {
    name?: string;
    Code?: string;
    $metadata?: { httpStatusCode?: number; requestId?: string };
    $response?: { statusCode?: number; headers?: Record<string, string> };
  };
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (typeof status !== "number") return undefined;
  return { name: Code ?? name ?? "Error", status, headers: $response?.headers ?? {}, requestId: $metadata?.requestId };
}

function denied(permission: Permission | undefined): Known {
  // Of a key that is not there the service says so only to those who may list.
  const list = permission === "s3:GetObject" ? ", and s3:ListBucket where the key may be missing" : "";
  const what = permission === undefined ? "" : `: it needs ${permission}${list}`;
  const detail = `the credentials do not allow it in the bucket "%b"${what}. Grant it, or use other credentials.`;
  return { code: "PermissionDenied", detail };
}

function garbage(where: string): Known {
  const detail = `what ${where} answered is not the protocol of S3. Look at the endpoint, and at proxies before it.`;
  return { code: "Unavailable", detail, retryable: true };
}
