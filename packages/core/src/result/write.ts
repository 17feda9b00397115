import { ResultError, StorageError } from "../errors.ts";
import type { ObjectInfo, When } from "../storage/driver.ts";
import type { EncodedRecord } from "./encode.ts";
import { isPast } from "./expiry.ts";
import { readHead, type RecordTarget } from "./record.ts";

/** Puts a record where `when` holds as the storage understands it: an expired record is there like any other. */
export async function putExactly(
  { storage, key }: RecordTarget,
  record: EncodedRecord,
  when: When,
  signal: AbortSignal | undefined,
): Promise<ObjectInfo> {
  return await storage.put(key, record.body(), { when, signal });
}

/** Puts a record. `when: "absent"` succeeds over one that has expired, by replacing exactly the version that was judged. */
export async function putRecord(
  target: RecordTarget,
  record: EncodedRecord,
  when: When,
  signal: AbortSignal | undefined,
): Promise<ObjectInfo> {
  const put = async (condition: When): Promise<ObjectInfo> => await putExactly(target, record, condition, signal);
  if (when !== "absent") return await put(when);
  // A stream can be sent once only, and may be long: for it, what is there is looked at first.
  if (!record.repeatable) {
    const there = await judge(target, signal);
    if (there === "nothing") return await put("absent");
    if (there === "taken") throw taken(target, "there is a result already; it was left as it is.");
    return await replaceExpired(target, there.expired, put);
  }
  try {
    return await put("absent");
  } catch (error) {
    if (!isCode(error, "AlreadyExists")) throw error;
    const there = await judge(target, signal);
    if (typeof there === "string") throw error;
    return await replaceExpired(target, there.expired, put);
  }
}

async function replaceExpired(
  target: RecordTarget,
  version: string,
  put: (when: When) => Promise<ObjectInfo>,
): Promise<ObjectInfo> {
  try {
    return await put({ version });
  } catch (cause) {
    if (!isCode(cause, "Conflict")) throw cause;
    throw taken(
      target,
      "there was an expired result, but somebody else has replaced it first; theirs was left as it is.",
      cause,
    );
  }
}

async function judge(
  target: RecordTarget,
  signal: AbortSignal | undefined,
): Promise<"nothing" | "taken" | { readonly expired: string }> {
  try {
    const { header, info } = await readHead(target, signal);
    return isPast(header.expiresAt) ? { expired: info.version } : "taken";
  } catch (error) {
    if (!(error instanceof ResultError)) throw error;
    // What cannot be read as a result is not ours to judge.
    return error.code === "Missing" ? "nothing" : "taken";
  }
}

function taken({ storage, key }: RecordTarget, detail: string, cause?: unknown): StorageError {
  return new StorageError({ code: "AlreadyExists", detail, operation: "put", storage: storage.url, key, cause });
}

function isCode(error: unknown, code: StorageError["code"]): boolean {
  return error instanceof StorageError && error.code === code;
}
