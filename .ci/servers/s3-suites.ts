import { s3, type S3Credentials } from "@coatcheck/storage-s3";
import { storageConformance, type StorageConformanceOptions } from "@coatcheck/testing";
import type { Suite } from "./server.ts";

/** The bucket that a server must have. */
export const bucket = "test-bucket";

/** Where an S3 server is, and what it is known not to do. */
export interface S3Server {
  readonly endpoint: string;
  readonly credentials: S3Credentials;
  readonly gaps: Readonly<Record<string, string>>;
}

/** The kit on an S3 server, bare and under a prefix. */
export function s3Suites({ endpoint, credentials, gaps }: S3Server): Suite[] {
  const kit = (prefix?: string): Omit<StorageConformanceOptions, "test"> => ({
    open: () => s3({ bucket, endpoint, credentials, ...(prefix === undefined ? {} : { prefix }) }),
    racers: 50,
    gaps,
  });
  return [
    { name: "bare", define: (test) => storageConformance({ test, ...kit() }) },
    { name: "under a prefix", define: (test) => storageConformance({ test, ...kit("some/prefix") }) },
  ];
}
