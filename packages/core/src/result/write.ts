import { StorageError } from "../errors.ts";
import type { ObjectInfo, When } from "../storage/driver.ts";
import type { EncodedRecord } from "./encode.ts";
import { isPast } from "./expiry.ts";
import { readHead, type RecordTarget } from "./record.ts";

/** Puts a record. `when: "absent"` succeeds over one that has expired, by replacing exactly the version that was judged. */
export async function putRecord(
  target: RecordTarget,
  { body }: EncodedRecord,
  when: When,
  signal: AbortSignal | undefined,
): Promise<ObjectInfo> {
  const { storage, key } = target;
  const put = async (condition: When): Promise<ObjectInfo> => await storage.put(key, body, { when: condition, signal });
  if (when !== "absent") return await put(when);
  // A stream can be sent once only, so for it what is there is looked at first.
  const expired = Array.isArray(body) ? undefined : await expiredVersion(target, signal);
  if (expired === undefined) {
    try {
      return await put("absent");
    } catch (error) {
      if (!isCode(error, "AlreadyExists") || !Array.isArray(body)) throw error;
      const version = await expiredVersion(target, signal);
      if (version === undefined) throw error;
      return await replaceExpired(target, version, put);
    }
  }
  return await replaceExpired(target, expired, put);
}

async function replaceExpired(
  { storage, key }: RecordTarget,
  version: string,
  put: (when: When) => Promise<ObjectInfo>,
): Promise<ObjectInfo> {
  try {
    return await put({ version });
  } catch (cause) {
    if (!isCode(cause, "Conflict")) throw cause;
    const detail = "there was an expired result, but somebody else has replaced it first; theirs was left as it is.";
    throw new StorageError({ code: "AlreadyExists", detail, operation: "put", storage: storage.url, key, cause });
  }
}

async function expiredVersion(target: RecordTarget, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    const { header, info } = await readHead(target, signal);
    return isPast(header.expiresAt) ? info.version : undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof StorageError) throw error;
    // Missing: free. Not readable as a result: taken, and not ours to judge.
    return undefined;
  }
}

function isCode(error: unknown, code: StorageError["code"]): boolean {
  return error instanceof StorageError && error.code === code;
}
