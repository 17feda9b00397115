import { type Known, KNOWN_ANSWERS } from "@coatcheck/core/driver";

const AGAIN = "Try again later.";
const { busy, changed, conflict, failed, missing, shorter, slowBody, tooLarge, unsupported } = KNOWN_ANSWERS;
const OTHER_REGION: Known = {
  code: "Misconfigured",
  detail: 'the bucket "%b" is in another region. Give its region.',
};
const EXPIRED: Known = { code: "Unauthenticated", detail: "the credentials have expired. Get new ones." };
const WRONG_TOKEN: Known = {
  code: "Unauthenticated",
  detail: "the session token is not valid. Get new credentials.",
};
// The SDK takes over the service's clock from this answer, so that the next attempt is signed with it.
const WRONG_CLOCK: Known = {
  code: "Unauthenticated",
  detail: "the clock of this machine is wrong by more than 15 minutes. Set it.",
  retryable: true,
};
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
  AuthorizationHeaderMalformed: OTHER_REGION,
  IllegalLocationConstraintException: OTHER_REGION,
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
  ExpiredToken: EXPIRED,
  TokenRefreshRequired: EXPIRED,
  InvalidTokenId: WRONG_TOKEN,
  InvalidToken: WRONG_TOKEN,
  RequestTimeTooSkewed: WRONG_CLOCK,
  RequestExpired: WRONG_CLOCK,
  KeyTooLongError: { code: "InvalidKey", detail: "the service takes no key of this length. Choose a shorter one." },
  XMinioInvalidObjectName: { code: "InvalidKey", detail: "the service takes no such key. Choose another one." },
  XMinioParentIsObject: KEYS_AS_FILES,
  XMinioObjectExistsAsDirectory: KEYS_AS_FILES,
  ObjectParentIsFile: KEYS_AS_FILES,
  // Also said while the last object below is deleted, of a key that can be had a moment later.
  ExistingObjectIsDirectory: { ...KEYS_AS_FILES, retryable: true },
  EntityTooLarge: tooLarge,
  PreconditionFailed: conflict,
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
  SlowDown: busy,
  SlowDownRead: busy,
  SlowDownWrite: busy,
  Throttling: busy,
  TooManyRequests: busy,
  RequestTimeout: slowBody,
  InvalidRange: shorter,
  NoSuchUpload: {
    code: "Unknown",
    detail:
      "the upload is not there any more; a rule of the bucket may end uploads too early. Look at its lifecycle rules, and put it again.",
  },
  InternalError: failed,
  ServiceUnavailable: failed,
  BadDigest: changed,
  XAmzContentChecksumMismatch: changed,
  XAmzContentSHA256Mismatch: changed,
  // The driver asks for keys that may be missing where that is no failure.
  NoSuchKey: missing,
  NotImplemented: unsupported,
};
