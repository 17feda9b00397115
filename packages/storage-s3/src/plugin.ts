import type { S3Client } from "@aws-sdk/client-s3";
import { checkOptions, ConfigurationError, Storage, type StoragePlugin } from "@coatcheck/core";
import { S3Driver } from "./driver.ts";
import { placeOf } from "./place.ts";

/** Keys of AWS, or of what speaks the protocol of S3. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined;
}

/** Options of {@link s3}. */
export interface S3Options {
  /** The bucket, which must be there: it is not made. */
  readonly bucket: string;
  /** Keep every key under this prefix. */
  readonly prefix?: string | undefined;
  /** The bucket's region. Without it, that of the environment or of the AWS profile; with an `endpoint`, `us-east-1`. */
  readonly region?: string | undefined;
  /** The URL of a service that speaks the protocol of S3. Without it, AWS. */
  readonly endpoint?: string | undefined;
  /** Whether the bucket stands in the path of a URL instead of its host. By default only with an `endpoint`. */
  readonly forcePathStyle?: boolean | undefined;
  /**
   * Credentials, or a function that gives them and is asked again when they expire. Without them, those of the
   * environment: variables, AWS profile, the role of the machine or container.
   */
  readonly credentials?:
    S3Credentials | (() => Promise<S3Credentials & { readonly expiration?: Date | undefined }>) | undefined;
  /**
   * A client you have, which is used as it is and not closed. Then `region`, `endpoint` and `forcePathStyle` only say in
   * the storage's URL where it goes, and a write whose answer it lost costs one request more.
   */
  readonly client?: S3Client | undefined;
}

/**
 * A storage that keeps each object in a bucket of S3, for any number of processes at once. Writes are all or nothing and
 * take one request up to 8 MiB, and 16 MiB where the body is no stream. Nothing is sent, and the SDK is not loaded, before the first operation.
 *
 * Options that cannot be throw a ConfigurationError. What only the service knows shows with the first operation, as a
 * StorageError: `Misconfigured` where there is no such bucket or it is in another region, `Unauthenticated` where the
 * credentials are missing, wrong or expired, `PermissionDenied` where they do not allow it.
 */
export function s3(options: S3Options): Storage {
  checkOptions("Storage type s3", s3Plugin.options, options);
  const { prefix, client, credentials, forcePathStyle } = options;
  if (client !== undefined && credentials !== undefined) {
    throw invalid('option "credentials" cannot be given with "client", which has its own.');
  }
  if (client !== undefined && (typeof client.send !== "function" || client.middlewareStack === undefined)) {
    throw invalid('option "client" is an S3Client of @aws-sdk/client-s3, version 3.');
  }
  if (typeof credentials === "object") checkCredentials(credentials);
  const place = placeOf(options);
  return new Storage(new S3Driver(place, { client, credentials, forcePathStyle }), { prefix });
}

/** The storage type `s3`: `s3://bucket/prefix?region=eu-west-1`. */
export const s3Plugin: StoragePlugin = {
  api: 1,
  kind: "storage",
  type: "s3",
  options: {
    bucket: { type: "string", required: true, url: "host" },
    prefix: { type: "string", url: "path" },
    region: { type: "string" },
    endpoint: { type: "string" },
    forcePathStyle: { type: "boolean" },
    credentials: { type: ["object", "function"], secret: true },
    client: { type: "object" },
  },
  open: (config) => s3(config),
};

function checkCredentials(credentials: S3Credentials): void {
  for (const name of Object.keys(credentials)) {
    if (!["accessKeyId", "secretAccessKey", "sessionToken"].includes(name)) {
      throw invalid('option "credentials" has accessKeyId, secretAccessKey and, where there is one, sessionToken.');
    }
  }
  const { accessKeyId, secretAccessKey, sessionToken = "" } = credentials;
  for (const text of [accessKeyId, secretAccessKey, sessionToken]) {
    if (typeof text !== "string")
      throw invalid('option "credentials" needs accessKeyId and secretAccessKey, as strings.');
  }
}

function invalid(what: string): ConfigurationError {
  return new ConfigurationError("InvalidOption", `Storage type s3: ${what}`);
}
