import type { Storage } from "@coatcheck/core";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { s3, type S3Options } from "@coatcheck/storage-s3";
import { S3TestServer, type S3TestServerOptions } from "@coatcheck/test-servers";
import { type Cloud, cloudServer, SMALL_LIMITS } from "@coatcheck/test-support/cloud";
import { S3Driver } from "../src/driver.ts";
import { placeOf } from "../src/place.ts";

export const bucket = "test-bucket";
/** The SDK writes into what it is given: give it a copy. */
export const credentials = { accessKeyId: "test-access-key", secretAccessKey: "test-secret-key" };

/** S3, for the tests of one file. */
export function s3Server(options: Partial<S3TestServerOptions> = {}): Cloud<S3TestServer, S3Options> {
  return cloudServer({
    name: "S3",
    type: "s3",
    on: {
      get: "GetObject",
      stat: "HeadObject",
      list: "ListObjectsV2",
      put: "PutObject",
      part: "UploadPart",
      commit: "CompleteMultipartUpload",
      delete: "DeleteObject",
      deleteMany: "DeleteObjects",
    },
    errors: {
      failed: { status: 500, code: "InternalError" },
      busy: { status: 503, code: "SlowDown" },
      denied: { status: 403, code: "AccessDenied" },
    },
    missing: { bucket: "test-missing" },
    otherVersion: "1",
    idle: 100,
    endpointOf: (url) => url,
    versionAsked: ({ headers }) => headers["if-match"]?.replaceAll('"', ""),
    limits: SMALL_LIMITS,
    start: () => S3TestServer.start({ buckets: [bucket], accounts: [credentials], minPartSize: 1, ...options }),
    options: ({ url }) => ({ bucket, endpoint: url, credentials: { ...credentials } }),
    open: s3,
    driver: (given, limits) => new S3Driver(placeOf(given), given, limits),
  });
}

/** A client of the SDK for the server. */
export function clientOf({ url }: S3TestServer, config: S3ClientConfig = {}): S3Client {
  return new S3Client({
    endpoint: url,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { ...credentials },
    ...config,
  });
}

/** A storage with small limits and a client of one's own. */
export function openWith(at: Cloud<S3TestServer, S3Options>, client: S3Client): Storage {
  return at.openLimited({}, { client, credentials: undefined } as object);
}
