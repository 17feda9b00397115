import { StorageError } from "@coatcheck/core";
import { ambiguous } from "@coatcheck/core/driver";
import { isMissingObject } from "./errors.ts";
import { isGeneration, notGcs, objectPath } from "./info.ts";
import type { Answer, Requests } from "./requests.ts";

/** Deletes what is there; nothing is a success. */
export async function remove(
  requests: Requests,
  bucket: string,
  key: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const call = { method: "DELETE", path: objectPath(bucket, key) } as const;
  await requests.retry(
    async () => {
      try {
        checkAnswer(await requests.once(call, { signal }));
      } catch (error) {
        if (!isMissingObject(error)) throw error;
      }
    },
    { signal },
  );
}

/** Deletes this version only; another one, or nothing, is `Conflict`. */
export async function removeVersion(
  requests: Requests,
  bucket: string,
  key: string,
  version: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!isGeneration(version)) {
    throw new StorageError({ code: "Conflict", detail: "no object has the version that was named." });
  }
  const call = { method: "DELETE", path: objectPath(bucket, key), query: { ifGenerationMatch: version } } as const;
  let applied = false;
  try {
    await requests.retry(async () => checkAnswer(await requests.once(call, { signal })), {
      signal,
      explain: (error) => {
        const failure = requests.explainer.explain(error);
        if (!isMissingObject(error)) return failure;
        return { ...failure, error: new StorageError({ code: "Conflict", detail: "there is no object to delete." }) };
      },
      onFailure: (failure) => void (applied ||= failure.applied),
    });
  } catch (error) {
    if (!applied || signal?.aborted === true || !(error instanceof StorageError)) throw error;
    if (error.code !== "Conflict") throw ambiguous(error);
    // An earlier attempt of this call may have deleted it.
    const detail =
      "the answer to an earlier attempt was lost, and the version is not there any more. It cannot be told whether this call deleted it.";
    throw new StorageError({ code: "Unknown", detail, ambiguous: true, cause: error });
  }
}

// A page to sign in has a good status too.
function checkAnswer({ status, text }: Answer): void {
  if (status !== 204 && text.trim() !== "") throw notGcs("no sign of a delete");
}
