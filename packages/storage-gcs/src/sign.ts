import { type SignOptions, StorageError } from "@coatcheck/core";
import { AuthFailure } from "./errors.ts";
import { redact, safeCause, short } from "./network-errors.ts";
import type { Requests } from "./requests.ts";

/** Milliseconds that a signed URL may live: a week. */
const LONGEST = 7 * 24 * 60 * 60 * 1000;

/**
 * A URL signed by the SDK (version 4): with the private key of the credentials, and nothing is sent; or, where they have
 * none, by the IAM service in their name. A put by it takes any bytes, and what it writes has no write id.
 */
export async function signedUrl(
  requests: Requests,
  bucket: string,
  key: string,
  { operation, expiresIn, signal }: SignOptions,
): Promise<string> {
  if (!(expiresIn >= 1000 && expiresIn <= LONGEST)) {
    const detail = `expiresIn is ${expiresIn}; give 1,000 (a second) to ${LONGEST} (a week) milliseconds.`;
    throw new StorageError({ code: "Misconfigured", detail });
  }
  return await requests.during(async () => {
    const { client } = await requests.connection();
    const accessibleAt = Date.now();
    const expires = accessibleAt + Math.floor(expiresIn / 1000) * 1000;
    const action = operation === "get" ? "read" : "write";
    try {
      const file = client.bucket(bucket).file(key);
      const [url] = await file.getSignedUrl({ version: "v4", action, accessibleAt, expires });
      return url;
    } catch (error) {
      throw explainSigning(requests, error);
    }
  }, signal);
}

function explainSigning(requests: Requests, error: unknown): StorageError {
  const { error: known } = requests.explainer.explain(new AuthFailure(error));
  if (known.code !== "Unauthenticated") return known;
  const message = redact(short(error instanceof Error ? error.message : String(error)));
  const detail = `the URL cannot be signed: that takes credentials with a private key, or the permission iam.serviceAccounts.signBlob on their service account. (${message})`;
  return new StorageError({ code: "Unauthenticated", detail, cause: safeCause(error) });
}
