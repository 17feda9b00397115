import { StorageError } from "../errors.ts";
import type { ObjectInfo, When } from "../storage/driver.ts";
import { ambiguous, type Failure, retry, type RetryOptions } from "./retry.ts";

/** What one stat finds: the object, and the write id in its metadata. */
export interface FoundWrite {
  readonly info: ObjectInfo;
  readonly writeId: string | undefined;
}

/** Options of {@link settledWrite}. */
export interface SettledWriteOptions extends RetryOptions {
  readonly when: When;
  readonly writeId: string;
  /** One stat, retries included. */
  readonly find: () => Promise<FoundWrite | undefined>;
}

/**
 * Sends a write until its outcome is known. A failure is taken at its word for as long as no attempt may have taken
 * effect. After one that may have, whatever the last attempt says, one stat decides: the own write id means success.
 * Somebody else's object is `AlreadyExists` for a create. What stays open rejects with `ambiguous: true`: for a replace
 * that failed on its condition as `Unknown`, since the own write may have been there before somebody replaced it.
 */
export async function settledWrite(
  write: () => Promise<ObjectInfo>,
  options: SettledWriteOptions,
): Promise<ObjectInfo> {
  let applied = false;
  const onFailure = (failure: Failure): void => {
    applied ||= failure.applied;
  };
  try {
    return await retry(write, { ...options, onFailure });
  } catch (error) {
    if (!applied || options.signal?.aborted === true || !(error instanceof StorageError)) throw error;
    return await settle(error, options);
  }
}

async function settle(error: StorageError, options: SettledWriteOptions): Promise<ObjectInfo> {
  const { when, writeId, find, signal } = options;
  let found: FoundWrite | undefined;
  try {
    found = await find();
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw unsettled(error);
  }
  if (found?.writeId === writeId) return found.info;
  if (when === "absent" && found !== undefined) {
    const detail = "an object is there, and it is not of this write. Choose another key, or replace what is there.";
    throw new StorageError({ code: "AlreadyExists", detail });
  }
  throw unsettled(error);
}

// A condition that does not hold says nothing any more: it may be this write that changed what is there.
function unsettled(error: StorageError): StorageError {
  if (error.code !== "AlreadyExists" && error.code !== "Conflict") return ambiguous(error);
  const detail =
    "the answer to an earlier attempt was lost, and what is there now is not what this write expected. It cannot be told whether it was this write that changed it: read it, and decide.";
  return new StorageError({ code: "Unknown", detail, ambiguous: true, cause: error });
}

/**
 * Sends a delete of one version until its outcome is known. A failure is taken at its word for as long as no attempt may
 * have taken effect; after one that may have, it rejects with `ambiguous: true`: nothing that is there, or not there, tells
 * who deleted it.
 */
export async function settledDelete(remove: () => Promise<void>, options: RetryOptions): Promise<void> {
  let applied = false;
  const onFailure = (failure: Failure): void => {
    applied ||= failure.applied;
  };
  try {
    await retry(remove, { ...options, onFailure });
  } catch (error) {
    if (!applied || options.signal?.aborted === true || !(error instanceof StorageError)) throw error;
    if (error.code !== "Conflict") throw ambiguous(error);
    const detail =
      "the answer to an earlier attempt was lost, and the version is not there any more. It cannot be told whether this call deleted it.";
    throw new StorageError({ code: "Unknown", detail, ambiguous: true, cause: error });
  }
}
