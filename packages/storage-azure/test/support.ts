import { ContainerClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import type { Storage } from "@coatcheck/core";
import type { Limits } from "@coatcheck/core/driver";
import { azure, type AzureOptions } from "@coatcheck/storage-azure";
import { AzureTestServer } from "@coatcheck/test-servers";
import { type Cloud, cloudServer, SMALL_LIMITS } from "@coatcheck/test-support/cloud";
import { AzureDriver } from "../src/driver.ts";
import { resolveOptions } from "../src/plugin.ts";

export const container = "test-container";

/** Azure, for the tests of one file. */
export function azureServer(): Cloud<AzureTestServer, AzureOptions> {
  return cloudServer({
    name: "Azure",
    type: "azure",
    on: {
      get: "GetBlob",
      stat: "GetBlobProperties",
      list: "ListBlobs",
      put: "PutBlob",
      part: "PutBlock",
      commit: "PutBlockList",
      delete: "DeleteBlob",
      deleteMany: "BlobBatch",
    },
    errors: {
      failed: { status: 500, code: "InternalError" },
      busy: { status: 503, code: "ServerBusy" },
      denied: { status: 403, code: "AuthorizationPermissionMismatch" },
    },
    missing: { container: "test-missing" },
    otherVersion: "0x1",
    idle: 500,
    endpointOf: (url) => `${url}/testaccount`,
    versionAsked: ({ headers }) => headers["if-match"]?.replaceAll('"', ""),
    limits: { ...SMALL_LIMITS, count: 50_000 },
    start: () => AzureTestServer.start({ containers: [container] }),
    options: ({ endpoint, account }) => ({ container, endpoint, accountKey: account.key }),
    open: azure,
    driver: (given, limits) => {
      const { place, settings } = resolveOptions(given);
      return new AzureDriver(place, settings, limits);
    },
  });
}

/** A client of the SDK for the container, that sends each request as often as told. */
export function clientOf(server: AzureTestServer, maxTries = 1): ContainerClient {
  const credential = new StorageSharedKeyCredential(server.account.name, server.account.key);
  const retryOptions = { maxTries, retryDelayInMs: 1, maxRetryDelayInMs: 5 };
  return new ContainerClient(`${server.endpoint}/${container}`, credential, { retryOptions });
}

/** A storage with a client of one's own, and small limits. */
export function openWith(
  at: Cloud<AzureTestServer, AzureOptions>,
  client: ContainerClient,
  limits: Partial<Limits> = {},
): Storage {
  return at.openLimited(limits, { container: undefined, endpoint: undefined, accountKey: undefined, client });
}
