import { ConfigurationError } from "@coatcheck/core";
import { canonicalEndpoint } from "@coatcheck/core/driver";

const EXAMPLE = "https://storage.europe-west3.rep.googleapis.com";

/** Where the objects are, checked. */
export interface Place {
  readonly bucket: string;
  /** Canonical; without it, Google's. */
  readonly endpoint: string | undefined;
  /** Canonical, `gs://bucket` with the endpoint where it was given. */
  readonly url: string;
}

/** Throws `InvalidOption` on a bucket or endpoint that cannot be. */
export function placeOf(options: { readonly bucket: string; readonly endpoint?: string | undefined }): Place {
  const { bucket } = options;
  checkBucket(bucket);
  const endpoint = options.endpoint === undefined ? undefined : canonicalEndpoint("gcs", options.endpoint, EXAMPLE);
  const query = endpoint === undefined ? "" : `?${new URLSearchParams({ endpoint }).toString()}`;
  return { bucket, endpoint, url: `gs://${bucket}${query}` };
}

function checkBucket(bucket: string): void {
  const shape = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])$/.test(bucket);
  const components = bucket.split(".");
  const longest = components.length > 1 ? 222 : 63;
  const fits = bucket.length >= 3 && bucket.length <= longest;
  const parts = components.every(({ length }) => length > 0 && length <= 63);
  if (!shape || !fits || !parts || /^\d+\.\d+\.\d+\.\d+$/.test(bucket)) {
    throw invalid(
      "bucket",
      "is the name of a bucket: 3 to 63 lower-case letters, digits, hyphens and underscores (222 with single dots, 63 between two), no IP address",
    );
  }
  if (bucket.startsWith("goog") || bucket.includes("google")) {
    throw invalid("bucket", 'is the name of a bucket, which cannot begin with "goog" or hold "google"');
  }
}

function invalid(option: string, what: string): ConfigurationError {
  return new ConfigurationError("InvalidOption", `Storage type gcs: option "${option}" ${what}.`);
}
