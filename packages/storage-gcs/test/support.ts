import { generateKeyPairSync } from "node:crypto";
import { gcs, type GcsCredentials, type GcsOptions } from "@coatcheck/storage-gcs";
import { type GcsAccount, GcsTestServer, type GcsTestServerOptions } from "@coatcheck/test-servers";
import { type Cloud, cloudServer, SMALL_LIMITS } from "@coatcheck/test-support/cloud";
import { GcsDriver } from "../src/driver.ts";
import { placeOf } from "../src/place.ts";
import type { GcsLimits } from "../src/requests.ts";

export const bucket = "test-bucket";

/** A key of its own for whoever signs. */
export function privateKey(): string {
  const { privateKey: key } = generateKeyPairSync("rsa", {
    modulusLength: 1024,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return key;
}

export const account: GcsAccount = { email: "tester@project.iam.gserviceaccount.com", privateKey: privateKey() };

/**
 * The credentials file of a service account. In a universe that is not Google's public one, the SDK signs the token itself:
 * else it would ask for it at an address that cannot be changed.
 */
export function keyFileOf({ email, privateKey: key }: GcsAccount): GcsCredentials {
  return { type: "service_account", client_email: email, private_key: key!, universe_domain: "universe.invalid" };
}

export const credentials: GcsCredentials = keyFileOf(account);

/** Options whose credentials are no text. */
type Options = Omit<GcsOptions, "credentials"> & { readonly credentials?: GcsCredentials };

/** GCS, for the tests of one file. */
export function gcsServer(options: Partial<GcsTestServerOptions> = {}): Cloud<GcsTestServer, Options, GcsLimits> {
  return cloudServer<GcsTestServer, Options, GcsLimits>({
    name: "GCS",
    type: "gcs",
    on: {
      get: "objects.media",
      stat: "objects.get",
      list: "objects.list",
      put: "objects.insert",
      part: "uploads.chunk",
      commit: "uploads.chunk",
      delete: "objects.delete",
      deleteMany: "objects.delete",
    },
    errors: {
      failed: { status: 500, code: "backendError" },
      busy: { status: 429, code: "rateLimitExceeded" },
      denied: { status: 403, code: "forbidden" },
    },
    missing: { bucket: "test-missing" },
    otherVersion: "1",
    idle: 100,
    endpointOf: (url) => url,
    versionAsked: ({ url }) => /generation=(\d+)/.exec(url)?.[1],
    limits: { ...SMALL_LIMITS, growAfter: 128, count: Infinity },
    start: () => GcsTestServer.start({ buckets: [bucket], accounts: [account], chunkMultiple: 1, ...options }),
    options: ({ url }) => ({ bucket, endpoint: url, credentials }),
    open: gcs,
    driver: (given, limits) => new GcsDriver(placeOf(given), given, limits),
  });
}
