import { ConfigurationError } from "@coatcheck/core";
import { canonicalEndpoint } from "@coatcheck/core/driver";

const EXAMPLE = "https://s3.example.com";

/** Where the objects are, checked. */
export interface Place {
  readonly bucket: string;
  readonly region: string | undefined;
  /** Canonical; without it, AWS. */
  readonly endpoint: string | undefined;
  /** Canonical, `s3://bucket` with the region, the endpoint and the style of addressing where they were given. */
  readonly url: string;
}

/** Throws `InvalidOption` on a bucket, region or endpoint that cannot be. */
export function placeOf(options: {
  readonly bucket: string;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly forcePathStyle?: boolean | undefined;
}): Place {
  const { bucket, region, forcePathStyle } = options;
  checkBucket(bucket);
  if (region !== undefined && !/^[a-z0-9-]{1,64}$/.test(region)) {
    throw invalid("region", 'is the name of a region, as in "eu-west-1"');
  }
  const endpoint = options.endpoint === undefined ? undefined : canonicalEndpoint("s3", options.endpoint, EXAMPLE);
  const parameters = new URLSearchParams();
  if (region !== undefined) parameters.set("region", region);
  if (endpoint !== undefined) parameters.set("endpoint", endpoint);
  if (forcePathStyle !== undefined && forcePathStyle !== (endpoint !== undefined)) {
    parameters.set("forcePathStyle", String(forcePathStyle));
  }
  const query = parameters.toString();
  return { bucket, region, endpoint, url: `s3://${bucket}${query === "" ? "" : `?${query}`}` };
}

function checkBucket(bucket: string): void {
  if (bucket.endsWith("--x-s3")) {
    throw invalid("bucket", "is a general purpose bucket: a directory bucket lists its keys in no order");
  }
  if (bucket.startsWith("arn:")) throw invalid("bucket", "is a name: for an access point give its alias, not its ARN");
  const shape = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket);
  if (!shape || bucket.includes("..") || /^\d+\.\d+\.\d+\.\d+$/.test(bucket)) {
    throw invalid(
      "bucket",
      "is the name of a bucket: 3 to 63 lower-case letters, digits, hyphens and single dots, no IP address",
    );
  }
}

function invalid(option: string, what: string): ConfigurationError {
  return new ConfigurationError("InvalidOption", `Storage type s3: option "${option}" ${what}.`);
}
