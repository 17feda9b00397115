import type { ContainerClient } from "@azure/storage-blob";
import { StorageError } from "@coatcheck/core";
import { loadSdk } from "@coatcheck/core/driver";
import { type CallBlob, callOver, callOverOwn } from "./call.ts";
import { ambientCredentials, type Credentials } from "./credentials.ts";
import type { Place } from "./place.ts";

/** The SDK, as a module. */
export type Sdk = typeof import("@azure/storage-blob");

/** How the client is had. */
export interface ClientSettings {
  readonly client?: ContainerClient | undefined;
  readonly credentials?: Credentials | undefined;
}

/** The SDK, a client of the container, and what calls its blobs; loads the SDK. */
export interface Connection {
  readonly sdk: Sdk;
  readonly client: ContainerClient;
  readonly call: CallBlob;
}

/** Loads the SDK, and makes a client where none was given. */
export async function connect(place: Place, { client, credentials }: ClientSettings): Promise<Connection> {
  const sdk = await loadSdk("azure", "@azure/storage-blob", () => import("@azure/storage-blob"));
  if (client !== undefined) return { sdk, client, call: callOver(client) };
  return connectOwn(sdk, place, credentials ?? (await ambientCredentials(place)));
}

function connectOwn(sdk: Sdk, { account, endpoint, container }: Place, credentials: Credentials): Connection {
  // Retries are the driver's: only it knows what an answer that was lost may have done.
  const pipeline = sdk.newPipeline(credentialOf(sdk, account, endpoint, credentials), {
    retryOptions: { maxTries: 1 },
  });
  const query = "sasToken" in credentials ? `?${credentials.sasToken.replace(/^\?/, "")}` : "";
  const client = new sdk.ContainerClient(`${endpoint}/${container}${query}`, pipeline);
  return { sdk, client, call: callOverOwn(sdk, client, pipeline) };
}

function credentialOf(
  sdk: Sdk,
  account: string | undefined,
  endpoint: string,
  credentials: Credentials,
): NonNullable<Parameters<Sdk["newPipeline"]>[0]> {
  if ("sasToken" in credentials) return new sdk.AnonymousCredential();
  if ("token" in credentials) return credentials.token as never;
  if (account === undefined) {
    const detail = `the account's name does not stand in ${endpoint}, and its key signs with it. Give the option account.`;
    throw new StorageError({ code: "Misconfigured", detail });
  }
  return new sdk.StorageSharedKeyCredential(account, credentials.accountKey);
}
