import { type SignOptions, StorageError } from "@coatcheck/core";
import { checkSigning, plainCause, shortText } from "@coatcheck/core/driver";
import { redact } from "./auth-errors.ts";
import type { Connection } from "./client.ts";
import { AuthFailure } from "./errors.ts";
import type { GcsRequests } from "./requests.ts";

/**
 * A URL signed by the SDK (version 4): with the private key of the credentials, and nothing is sent; or, where they have
 * none, by the IAM service in their name. A put by it takes any bytes, and what it writes has no write id.
 */
export async function signedUrl(
  requests: GcsRequests,
  bucket: string,
  key: string,
  options: SignOptions,
): Promise<string> {
  checkSigning(options);
  const { operation, expiresIn, signal } = options;
  const sign = async ({ client }: Connection): Promise<string> => {
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
  };
  return await requests.once(sign, { signal });
}

function explainSigning(requests: GcsRequests, error: unknown): StorageError {
  const { error: known } = requests.explain(new AuthFailure(error));
  if (known.code !== "Unauthenticated") return known;
  const message = redact(shortText(error instanceof Error ? error.message : String(error)));
  const detail = `the URL cannot be signed: that takes credentials with a private key, or the permission iam.serviceAccounts.signBlob on their service account. (${message})`;
  return new StorageError({ code: "Unauthenticated", detail, cause: plainCause(error, redact) });
}
