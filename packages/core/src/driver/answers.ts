import type { StorageErrorCode } from "../errors.ts";

/** What is to be said of an answer of a service. */
export interface Known {
  readonly code: StorageErrorCode;
  readonly detail: string;
  readonly retryable?: boolean;
}

/** What is to be said of answers that every object store has, whatever it calls them. */
export const KNOWN_ANSWERS: Readonly<
  Record<
    | "busy"
    | "failed"
    | "slowBody"
    | "changed"
    | "shorter"
    | "conflict"
    | "missing"
    | "tooLarge"
    | "unsupported"
    | "strange",
    Known
  >
> = Object.freeze({
  /** It asks for fewer requests. */
  busy: { code: "RateLimited", detail: "the service asks for fewer requests. Try again later.", retryable: true },
  /** It failed, and may have carried the request out. */
  failed: { code: "Unavailable", detail: "the service failed. Try again later.", retryable: true },
  /** It gave up on the rest of a body. */
  slowBody: {
    code: "Unavailable",
    detail: "the service waited for the body in vain. Try again later.",
    retryable: true,
  },
  /** A checksum was not that of the bytes that came. */
  changed: {
    code: "Corrupt",
    detail: "the bytes changed on their way to the service; nothing was kept.",
    retryable: true,
  },
  /** A range that was announced is not there. */
  shorter: { code: "Corrupt", detail: "the object has fewer bytes than the service announced. Read it again." },
  /** A condition on the version does not hold. */
  conflict: { code: "Conflict", detail: "the object is not the version that was named." },
  /** There is no object, where that is a failure. */
  missing: { code: "Conflict", detail: "there is no object." },
  /** The object is larger than any that it takes. */
  tooLarge: { code: "TooLarge", detail: "the service, or a proxy before it, takes no object of this size. Split it." },
  /** It does not have the operation, or what is asked of it. */
  unsupported: { code: "NotSupported", detail: "the service does not have what is needed for it." },
  /** None of what is known of it. */
  strange: { code: "Unknown", detail: "the service refused it in a way this storage does not know." },
});
