import type { ContainerClient, StoragePipelineOptions } from "@azure/storage-blob";
import { StorageError } from "@coatcheck/core";
import { loadSdk } from "@coatcheck/core/driver";
import { ambientCredentials, type Credentials } from "./credentials.ts";
import type { Place } from "./place.ts";

/** The SDK, as a module. */
type Sdk = typeof import("@azure/storage-blob");

/** How the client is had. */
export interface ClientSettings {
  readonly client?: ContainerClient | undefined;
  readonly credentials?: Credentials | undefined;
}

/** The SDK and a client of the container; loads the SDK. */
export interface Connection {
  readonly sdk: Sdk;
  readonly client: ContainerClient;
}

/** Loads the SDK, and makes a client where none was given. */
export async function connect(place: Place, { client, credentials }: ClientSettings): Promise<Connection> {
  const sdk = await loadSdk("azure", "@azure/storage-blob", () => import("@azure/storage-blob"));
  if (client !== undefined) return { sdk, client };
  return { sdk, client: clientOf(sdk, place, credentials ?? (await ambientCredentials(place))) };
}

function clientOf(sdk: Sdk, { account, endpoint, container }: Place, credentials: Credentials): ContainerClient {
  const url = `${endpoint}/${container}`;
  // Retries are the driver's: only it knows what an answer that was lost may have done.
  const options: StoragePipelineOptions = { retryOptions: { maxTries: 1 } };
  if ("sasToken" in credentials) {
    const query = credentials.sasToken.replace(/^\?/, "");
    return new sdk.ContainerClient(`${url}?${query}`, new sdk.AnonymousCredential(), options);
  }
  if ("token" in credentials) {
    return new sdk.ContainerClient(url, credentials.token as never, options);
  }
  if (account === undefined) {
    const detail = `the account's name does not stand in ${endpoint}, and its key signs with it. Give the option account.`;
    throw new StorageError({ code: "Misconfigured", detail });
  }
  return new sdk.ContainerClient(url, new sdk.StorageSharedKeyCredential(account, credentials.accountKey), options);
}
