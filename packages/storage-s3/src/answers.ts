import type { StorageErrorCode } from "@coatcheck/core";

/** What is made of an answer. */
export interface Known {
  readonly code: StorageErrorCode;
  readonly detail: string;
  readonly retryable?: boolean;
}

const AGAIN = "Try again later.";
const KEYS_AS_FILES: Known = {
  code: "InvalidKey",
  detail:
    "the service keeps keys as files: where an object a is, it takes no a/b, and the other way round. Choose another key.",
};

/** By the code in the service's answer, but for what is not allowed. `%b` stands for the bucket. */
export const KNOWN: Readonly<Record<string, Known>> = {
  NoSuchBucket: {
    code: "Misconfigured",
    detail: 'there is no bucket "%b". Create it, or correct the name, the region or the endpoint.',
  },
  InvalidBucketName: { code: "Misconfigured", detail: 'the service takes no bucket of the name "%b". Correct it.' },
  AuthorizationHeaderMalformed: {
    code: "Misconfigured",
    detail: 'the bucket "%b" is in another region. Give its region.',
  },
  IllegalLocationConstraintException: {
    code: "Misconfigured",
    detail: 'the bucket "%b" is in another region. Give its region.',
  },
  AccountProblem: { code: "PermissionDenied", detail: "the account is not in order. Ask the service's support." },
  AllAccessDisabled: { code: "PermissionDenied", detail: 'all access to the bucket "%b" is disabled.' },
  InvalidObjectState: {
    code: "PermissionDenied",
    detail: "the object is archived and cannot be read. Restore it first.",
  },
  InvalidAccessKeyId: {
    code: "Unauthenticated",
    detail: "the service does not know the access key. Correct the credentials.",
  },
  SignatureDoesNotMatch: {
    code: "Unauthenticated",
    detail: "the signature is not right: the secret access key is wrong. Correct the credentials.",
  },
  ExpiredToken: { code: "Unauthenticated", detail: "the credentials have expired. Get new ones." },
  TokenRefreshRequired: { code: "Unauthenticated", detail: "the credentials have expired. Get new ones." },
  InvalidTokenId: { code: "Unauthenticated", detail: "the session token is not valid. Get new credentials." },
  InvalidToken: { code: "Unauthenticated", detail: "the session token is not valid. Get new credentials." },
  // The SDK takes over the service's clock from this answer, so that the next attempt is signed with it.
  RequestTimeTooSkewed: {
    code: "Unauthenticated",
    detail: "the clock of this machine is wrong by more than 15 minutes. Set it.",
    retryable: true,
  },
  RequestExpired: {
    code: "Unauthenticated",
    detail: "the clock of this machine is wrong by more than 15 minutes. Set it.",
    retryable: true,
  },
  KeyTooLongError: { code: "InvalidKey", detail: "the service takes no key of this length. Choose a shorter one." },
  XMinioInvalidObjectName: { code: "InvalidKey", detail: "the service takes no such key. Choose another one." },
  XMinioParentIsObject: KEYS_AS_FILES,
  XMinioObjectExistsAsDirectory: KEYS_AS_FILES,
  ObjectParentIsFile: KEYS_AS_FILES,
  // Also said while the last object below is deleted, of a key that can be had a moment later.
  ExistingObjectIsDirectory: { ...KEYS_AS_FILES, retryable: true },
  EntityTooLarge: { code: "TooLarge", detail: "the service takes no object of this size. Split it." },
  PreconditionFailed: { code: "Conflict", detail: "the object is not the version that was named." },
  // Somebody is writing at this moment; what will be there is not known yet.
  ConditionalRequestConflict: {
    code: "Unavailable",
    detail: `others keep writing the object at the same time. ${AGAIN}`,
    retryable: true,
  },
  OperationAborted: {
    code: "Unavailable",
    detail: `something else is done to the bucket at the same time. ${AGAIN}`,
    retryable: true,
  },
  SlowDown: { code: "RateLimited", detail: `the service asks for fewer requests. ${AGAIN}`, retryable: true },
  SlowDownRead: { code: "RateLimited", detail: `the service asks for fewer requests. ${AGAIN}`, retryable: true },
  SlowDownWrite: { code: "RateLimited", detail: `the service asks for fewer requests. ${AGAIN}`, retryable: true },
  Throttling: { code: "RateLimited", detail: `the service asks for fewer requests. ${AGAIN}`, retryable: true },
  TooManyRequests: { code: "RateLimited", detail: `the service asks for fewer requests. ${AGAIN}`, retryable: true },
  RequestTimeout: { code: "Unavailable", detail: `the service waited for the body in vain. ${AGAIN}`, retryable: true },
  InvalidRange: { code: "Corrupt", detail: "the object has fewer bytes than the service announced. Read it again." },
  NoSuchUpload: {
    code: "Unknown",
    detail:
      "the upload is not there any more; a rule of the bucket may end uploads too early. Look at its lifecycle rules, and put it again.",
  },
  InternalError: { code: "Unavailable", detail: `the service failed. ${AGAIN}`, retryable: true },
  ServiceUnavailable: { code: "Unavailable", detail: `the service failed. ${AGAIN}`, retryable: true },
  BadDigest: {
    code: "Corrupt",
    detail: "the bytes changed on their way to the service; nothing was kept.",
    retryable: true,
  },
  XAmzContentChecksumMismatch: {
    code: "Corrupt",
    detail: "the bytes changed on their way to the service; nothing was kept.",
    retryable: true,
  },
  XAmzContentSHA256Mismatch: {
    code: "Corrupt",
    detail: "the bytes changed on their way to the service; nothing was kept.",
    retryable: true,
  },
  // The driver asks for keys that may be missing where that is no failure.
  NoSuchKey: { code: "Conflict", detail: "there is no object." },
  NotImplemented: { code: "NotSupported", detail: "the service does not have what is needed for it." },
};
