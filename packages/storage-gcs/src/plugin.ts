import { checkOptions, ConfigurationError, Storage, type StoragePlugin } from "@coatcheck/core";
import type { Storage as Client } from "@google-cloud/storage";
import { GcsDriver } from "./driver.ts";
import { placeOf } from "./place.ts";

/**
 * What a credentials file of Google holds: the key of a service account (`client_email` and `private_key`), or another
 * `type`, as `external_account` for workload identity.
 */
export interface GcsCredentials {
  readonly type?: string;
  readonly client_email?: string;
  readonly private_key?: string;
  readonly [member: string]: unknown;
}

/** Options of {@link gcs}. */
export interface GcsOptions {
  /** The bucket, which must be there: it is not made. */
  readonly bucket: string;
  /** Keep every key under this prefix. */
  readonly prefix?: string | undefined;
  /**
   * The URL of another endpoint: a private or regional one of Google, or an emulator. Credentials of the environment are
   * sent to hosts of `googleapis.com` only; to any other, those that `credentials` gives, or none.
   */
  readonly endpoint?: string | undefined;
  /**
   * Credentials, as an object or as the JSON text of a credentials file. Without them, those of the environment
   * (Application Default Credentials): `GOOGLE_APPLICATION_CREDENTIALS`, those of gcloud, the service account of the machine.
   */
  readonly credentials?: GcsCredentials | string | undefined;
  /**
   * A client you have, which is used as it is: with its endpoint, credentials, proxy and request interceptors. Its retries
   * are not: they are this storage's own. `endpoint` then only says in the storage's URL where it goes.
   */
  readonly client?: Client | undefined;
}

/**
 * A storage that keeps each object in a bucket of Google Cloud Storage, for any number of processes at once. Writes are all
 * or nothing and take one request up to 8 MiB. Nothing is sent, and the SDK is not loaded, before the first operation.
 *
 * Options that cannot be throw a ConfigurationError. What only the service knows shows with the first operation, as a
 * StorageError: `Misconfigured` where there is no such bucket, `Unauthenticated` where the credentials are missing, wrong or
 * expired, `PermissionDenied` where they do not allow it.
 */
export function gcs(options: GcsOptions): Storage {
  checkOptions("Storage type gcs", gcsPlugin.options, options);
  const { prefix, client } = options;
  if (client !== undefined && options.credentials !== undefined) {
    throw invalid('option "credentials" cannot be given with "client", which has its own.');
  }
  if (client !== undefined && (typeof client.bucket !== "function" || typeof client.authClient !== "object")) {
    throw invalid('option "client" is a Storage of @google-cloud/storage: of a Bucket, its storage.');
  }
  const credentials = options.credentials === undefined ? undefined : checkedCredentials(options.credentials);
  return new Storage(new GcsDriver(placeOf(options), { client, credentials }), { prefix });
}

/** The storage type `gcs`: `gs://bucket/prefix`. */
export const gcsPlugin: StoragePlugin = {
  api: 1,
  kind: "storage",
  type: "gcs",
  options: {
    bucket: { type: "string", required: true, url: "host" },
    prefix: { type: "string", url: "path" },
    endpoint: { type: "string" },
    credentials: { type: ["object", "string"], secret: true },
    client: { type: "object" },
  },
  open: (config) => gcs(config),
};

/** Types of credentials that are no key of a service account. */
const OTHER_TYPES = [
  "authorized_user",
  "external_account",
  "external_account_authorized_user",
  "impersonated_service_account",
];

function checkedCredentials(given: GcsCredentials | string): GcsCredentials {
  const credentials = typeof given === "string" ? parsed(given) : given;
  const { type, client_email: email, private_key: key } = credentials;
  if (type !== undefined && OTHER_TYPES.includes(type)) return credentials;
  if (typeof email === "string" && typeof key === "string") return credentials;
  throw invalid(
    `option "credentials" needs client_email and private_key, or a type of ${OTHER_TYPES.join(", ")}: it is what a credentials file holds.`,
  );
}

function parsed(text: string): GcsCredentials {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as GcsCredentials;
  } catch {
    // The parser's message would show a part of it.
  }
  throw invalid('option "credentials", where it is text, is the JSON of a credentials file: give what the file holds.');
}

function invalid(what: string): ConfigurationError {
  return new ConfigurationError("InvalidOption", `Storage type gcs: ${what}`);
}
