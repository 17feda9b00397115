import { StorageError } from "@coatcheck/core";
import { settledDelete } from "@coatcheck/core/driver";
import { isMissingObject } from "./errors.ts";
import { isGeneration, notGcs, objectPath } from "./info.ts";
import type { Answer, GcsRequests } from "./requests.ts";

/** Deletes what is there; nothing is a success. */
export async function remove(
  requests: GcsRequests,
  bucket: string,
  key: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const request = { method: "DELETE", path: objectPath(bucket, key) } as const;
  await requests.retry(
    async () => {
      try {
        checkAnswer(await requests.attempt(request, { signal }));
      } catch (error) {
        if (!isMissingObject(error)) throw error;
      }
    },
    { signal },
  );
}

/** Deletes this version only; another one, or nothing, is `Conflict`. */
export async function removeVersion(
  requests: GcsRequests,
  bucket: string,
  key: string,
  version: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!isGeneration(version)) {
    throw new StorageError({ code: "Conflict", detail: "no object has the version that was named." });
  }
  const request = { method: "DELETE", path: objectPath(bucket, key), query: { ifGenerationMatch: version } } as const;
  await settledDelete(async () => checkAnswer(await requests.attempt(request, { signal })), {
    signal,
    policy: requests.limits.policy,
    explain: (error) => {
      const failure = requests.explain(error);
      if (!isMissingObject(error)) return failure;
      return { ...failure, error: new StorageError({ code: "Conflict", detail: "there is no object to delete." }) };
    },
  });
}

// A page to sign in has a good status too.
function checkAnswer({ status, headers }: Answer): void {
  if (status === 204 || headers["content-type"]?.includes("json") === true) return;
  throw notGcs("no sign of a delete");
}
