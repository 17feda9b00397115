import { StorageError } from "@coatcheck/core";
import {
  connectionFailure,
  type Failure,
  type Known,
  KNOWN_ANSWERS,
  parseRetryAfter,
  plainCause,
  redactor,
  shortText,
} from "@coatcheck/core/driver";
import { KNOWN, knownByStatus } from "./answers.ts";
import type { Credentials } from "./credentials.ts";
import type { Place } from "./place.ts";

/** What an error of the SDK says, where it is an answer of the service. */
interface ServiceAnswer {
  readonly status: number;
  /** Undefined where it is no code of Azure's. */
  readonly code: string | undefined;
  readonly message: string;
  header(name: string): string | undefined;
}

/** Answers that say that the request was not carried out, of those that say that the service failed. */
const NOT_DONE = new Set(["ServerBusy", "NotImplemented", "APINotImplemented"]);
/** Milliseconds that a clock may be wrong: a quarter of an hour for the service, less what a request takes. */
const SKEW = 14 * 60_000;

/** Errors of requests that a client of the caller's may have sent more than once. */
const repeated = new WeakSet<object>();

/** Notes that the client may have sent the request that failed with `error` more than once. */
export function noteRepeated(error: unknown): void {
  if (typeof error === "object" && error !== null) repeated.add(error);
}

/** Makes of anything that a request failed with what the driver says of it. */
export class Explainer {
  readonly #container: string;
  readonly #where: string;
  readonly #redact: (text: string) => string;

  constructor({ container, endpoint }: Place, credentials: Credentials | undefined) {
    this.#container = container;
    this.#where = endpoint;
    this.#redact = redactor(secretsOf(credentials));
  }

  readonly explain = (error: unknown): Failure => {
    if (error instanceof StorageError) return { error, applied: error.retryable };
    const answer = answerOf(error);
    const failure = answer === undefined ? this.#broken(error) : this.#answered(answer, error);
    return repeated.has(error as object) ? { ...failure, applied: true } : failure;
  };

  /** What the service says of one key of many. */
  named(status: number, code: string | undefined): StorageError {
    const { detail, ...known } = this.#known({ status, code, message: "", header: () => undefined });
    return new StorageError({ ...known, detail: `${this.#named(detail)} (${status} ${shortText(code ?? "")})` });
  }

  #answered(answer: ServiceAnswer, error: unknown): Failure {
    const { status, code, header } = answer;
    const { detail, ...known } = this.#known(answer);
    const request = header("x-ms-request-id");
    const about = [`${status} ${code === undefined ? "" : shortText(code)}`.trim()];
    if (request !== undefined) about.push(`request ${shortText(request)}`);
    const cause = plainCause(error, this.#redact);
    // A failure of the service, or an answer that nobody understands, may follow a request that was carried out.
    const applied = status < 400 || (status >= 500 && !NOT_DONE.has(code ?? ""));
    return {
      error: new StorageError({ ...known, detail: `${this.#named(detail)} (${about.join(", ")})`, cause }),
      retryAfter: parseRetryAfter(header("retry-after")),
      applied,
    };
  }

  #known({ status, code, message, header }: ServiceAnswer): Known {
    const known = code !== undefined && Object.hasOwn(KNOWN, code) ? KNOWN[code] : undefined;
    // Azurite has one code for what is not allowed and for whom it does not know; its text tells them apart.
    const unknown = code === "AuthorizationFailure" && /failed to authenticate/.test(message);
    if (unknown || known?.code === "Unauthenticated") {
      return skewed(header("date")) ?? (unknown ? KNOWN.AuthenticationFailed! : known!);
    }
    if (known !== undefined) return known;
    const general = status >= 400 ? knownByStatus(status) : undefined;
    if (general !== undefined) return general;
    if (code === undefined) return garbage(this.#where);
    return KNOWN_ANSWERS.strange;
  }

  #broken(error: unknown): Failure {
    const { name = "", message = "", code = "" } = (error ?? {}) as { name?: string; message?: string; code?: string };
    const cause = plainCause(error, this.#redact);
    const connection = connectionFailure(error, this.#where, cause);
    if (connection !== undefined) return connection;
    if (/Credential|Authentication/.test(name) && name !== "AuthorizationError") {
      const detail = `no token was to be had for ${this.#where}: ${shortText(this.#redact(message))}`;
      return { error: new StorageError({ code: "Unauthenticated", detail, cause }), applied: false };
    }
    if (/Bearer token authentication is not permitted/.test(message)) {
      const detail = `a token is not sent to ${this.#where}, which is not https. Look at the endpoint.`;
      return { error: new StorageError({ code: "Misconfigured", detail, cause }), applied: false };
    }
    // The body of an answer that was cut: the SDK aborts what the other side has ended.
    const cut = name === "AbortError" || /received less data/.test(message);
    if (
      cut ||
      code === "PARSE_ERROR" ||
      /HPE_|Parse Error|^Error "|doesn't contain valid|parsing/.test(`${code} ${message}`)
    ) {
      const known = cut ? broke(this.#where) : garbage(this.#where);
      return { error: new StorageError({ ...known, cause }), applied: true };
    }
    const detail = `it failed in a way this storage does not know: ${shortText(this.#redact(message))}`;
    return { error: new StorageError({ code: "Unknown", detail, cause }), applied: true };
  }

  #named(detail: string): string {
    return detail.replace("%c", this.#container);
  }
}

/** The code of the service's answer, as in `BlobNotFound`; undefined where the error is no answer. */
export function answerCode(error: unknown): string | undefined {
  return answerOf(error)?.code;
}

/** The HTTP status of the service's answer; undefined where the error is no answer. */
export function answerStatus(error: unknown): number | undefined {
  return answerOf(error)?.status;
}

function answerOf(error: unknown): ServiceAnswer | undefined {
  const { statusCode, code, message, response } = (error ?? {}) as {
    statusCode?: number;
    code?: string;
    message?: string;
    response?: { headers?: { get(name: string): string | undefined } };
  };
  if (typeof statusCode !== "number") return undefined;
  const header = (name: string): string | undefined => response?.headers?.get(name);
  // The answer to a head has its code in a header only, which the SDK does not look at.
  const named = header("x-ms-error-code") ?? (/^[A-Z][A-Za-z0-9]+$/.test(code ?? "") ? code : undefined);
  return { status: statusCode, code: named, message: message ?? "", header };
}

function skewed(date: string | undefined): Known | undefined {
  const off = Math.abs(Date.parse(date ?? "") - Date.now());
  if (!(off > SKEW)) return undefined;
  const minutes = Math.round(off / 60_000);
  const detail = `the clock of this machine is ${minutes} minutes off, by that of the service, which takes 15 at most. Set it.`;
  return { code: "Unauthenticated", detail };
}

function garbage(where: string): Known {
  const detail = `what ${where} answered is not the protocol of Azure. Look at the endpoint, and at proxies before it.`;
  return { code: "Unavailable", detail, retryable: true };
}

function broke(where: string): Known {
  return { code: "Unavailable", detail: `the connection to ${where} broke. Try again later.`, retryable: true };
}

function secretsOf(credentials: Credentials | undefined): readonly string[] {
  if (credentials === undefined || "token" in credentials) return [];
  if ("accountKey" in credentials) return [credentials.accountKey];
  const signature = new URLSearchParams(credentials.sasToken).get("sig") ?? "";
  return [credentials.sasToken, signature, encodeURIComponent(signature)];
}
