import { type Known, KNOWN_ANSWERS } from "@coatcheck/core/driver";

const AGAIN = "Try again later.";
const GRANT = "Grant it, or use other credentials.";

const RESTRICTED: Known = {
  code: "PermissionDenied",
  detail:
    'the account does not let this request to the container "%c" in: its network rules, or the protocol, addresses, services or resources that the SAS is for, leave it out. Look at these.',
};
const LEASED: Known = {
  code: "PermissionDenied",
  detail:
    "somebody holds a lease on the blob, which lets only its holder change it. Break the lease, or wait for its end.",
};
const IMMUTABLE: Known = {
  code: "PermissionDenied",
  detail: "the blob is immutable, by a policy or a legal hold. Wait for its end, or choose another key.",
};
const ARCHIVED: Known = {
  code: "PermissionDenied",
  detail: "the blob is archived, and can neither be read nor replaced. Rehydrate it first.",
};
const NO_CONTAINER: Known = {
  code: "Misconfigured",
  detail: 'there is no container "%c" in the account. Create it, or correct the name, the account or the endpoint.',
};
const SIGNATURE: Known = {
  code: "Unauthenticated",
  detail:
    "the service does not take the credentials: the account key is wrong, or the SAS has expired, begins later or was changed. Correct them.",
};
const { busy, changed, conflict, failed, missing, shorter, tooLarge, unsupported } = KNOWN_ANSWERS;

/** By the code in the service's answer. `%c` stands for the container. */
export const KNOWN: Readonly<Record<string, Known>> = {
  ContainerNotFound: NO_CONTAINER,
  ContainerBeingDeleted: NO_CONTAINER,
  ContainerDisabled: {
    code: "PermissionDenied",
    detail: 'the container "%c" is disabled. Ask the service\'s support.',
  },
  AccountIsDisabled: { code: "PermissionDenied", detail: "the account is disabled. Ask the service's support." },
  InvalidResourceName: { code: "InvalidKey", detail: "the service takes no blob of this name. Choose another key." },
  InvalidUri: { code: "InvalidKey", detail: "the service takes no blob of this name. Choose another key." },
  RequestUrlFailedToParse: {
    code: "InvalidKey",
    detail: "the service takes no blob of this name. Choose another key.",
  },
  AuthenticationFailed: SIGNATURE,
  InvalidAuthenticationInfo: SIGNATURE,
  NoAuthenticationInformation: SIGNATURE,
  PublicAccessNotPermitted: SIGNATURE,
  KeyBasedAuthenticationNotPermitted: {
    code: "Unauthenticated",
    detail: "the account forbids keys, and what is signed with them. Give the option credential.",
  },
  AuthorizationFailure: RESTRICTED,
  AuthorizationProtocolMismatch: RESTRICTED,
  AuthorizationSourceIPMismatch: RESTRICTED,
  AuthorizationServiceMismatch: RESTRICTED,
  AuthorizationResourceTypeMismatch: RESTRICTED,
  AuthorizationPermissionMismatch: {
    code: "PermissionDenied",
    detail: `the credentials do not allow it in the container "%c": the SAS lacks the permission, or no role gives it. ${GRANT}`,
  },
  InsufficientAccountPermissions: {
    code: "PermissionDenied",
    detail: `the credentials do not allow it in the container "%c". ${GRANT}`,
  },
  UnauthorizedBlobOverwrite: {
    code: "PermissionDenied",
    detail: `the SAS lets blobs be created in the container "%c", and not replaced. ${GRANT}`,
  },
  LeaseIdMissing: LEASED,
  LeaseLost: LEASED,
  LeaseNotPresentWithBlobOperation: LEASED,
  LeaseIdMismatchWithBlobOperation: LEASED,
  BlobImmutableDueToPolicy: IMMUTABLE,
  BlobImmutableDueToLegalHold: IMMUTABLE,
  BlobArchived: ARCHIVED,
  BlobBeingRehydrated: ARCHIVED,
  SnapshotsPresent: {
    code: "PermissionDenied",
    detail: "the blob has snapshots, which a delete would take along. Delete them first.",
  },
  InvalidBlobType: {
    code: "NotSupported",
    detail: "what is there is an append blob or a page blob, which cannot be replaced in parts. Delete it first.",
  },
  BlobAlreadyExists: { code: "Conflict", detail: "a blob is there already." },
  // The driver asks for keys that may be missing where that is no failure.
  BlobNotFound: missing,
  ConditionNotMet: conflict,
  TargetConditionNotMet: conflict,
  PendingCopyOperation: {
    code: "Unavailable",
    detail: `something is being copied to the blob at the same time. ${AGAIN}`,
    retryable: true,
  },
  InvalidBlockList: {
    code: "Unavailable",
    detail:
      "somebody else has written the object since this upload began, upon which Azure drops the blocks of others. Put it again.",
  },
  InvalidBlobOrBlock: {
    code: "Unavailable",
    detail:
      "an upload that somebody else began with another tool and did not finish leaves no room for this one. Azure drops it a week after its last block; until then choose another key.",
  },
  BlockCountExceedsLimit: {
    code: "Unavailable",
    detail:
      "uploads that were not finished have left as many blocks at the key as Azure keeps. It drops them a week after the last one; until then choose another key.",
  },
  RequestBodyTooLarge: { code: "TooLarge", detail: "the service takes no request of this size. Split it." },
  InvalidRange: shorter,
  Md5Mismatch: changed,
  Crc64Mismatch: changed,
  ServerBusy: busy,
  TooManyRequests: busy,
  InternalError: failed,
  OperationTimedOut: failed,
  InvalidHeaderValue: {
    code: "NotSupported",
    detail:
      "the service does not know what the SDK sent; an emulator may be older than the SDK (Azurite needs --skipApiVersionCheck then).",
  },
  NotImplemented: unsupported,
  APINotImplemented: unsupported,
};

/** What is to be said of an answer by its status, where it has no code that is known. */
export function knownByStatus(status: number): Known | undefined {
  if (status === 401) return SIGNATURE;
  if (status === 403) return KNOWN.InsufficientAccountPermissions;
  if (status === 412) return conflict;
  if (status === 413) return tooLarge;
  if (status === 429) return busy;
  if (status === 501) return unsupported;
  return status >= 500 ? failed : undefined;
}
