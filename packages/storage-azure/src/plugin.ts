import type { ContainerClient } from "@azure/storage-blob";
import { checkOptions, ConfigurationError, Storage, type StoragePlugin } from "@coatcheck/core";
import type { ClientSettings } from "./client.ts";
import { type Credentials, parseConnectionString, type TokenCredential } from "./credentials.ts";
import { AzureDriver } from "./driver.ts";
import { type Place, placeOf } from "./place.ts";

/** Options of {@link azure}. */
export interface AzureOptions {
  /** The container, which must be there: it is not made. With a `client` it is the client's. */
  readonly container?: string | undefined;
  /** Keep every key under this prefix. */
  readonly prefix?: string | undefined;
  /** The storage account. Without it, that of the connection string, of the endpoint, or of the environment. */
  readonly account?: string | undefined;
  /** The URL of the account's blobs, where it is not `https://account.blob.core.windows.net`. */
  readonly endpoint?: string | undefined;
  /** What the portal shows beside the account's keys: account, endpoint and credentials in one. */
  readonly connectionString?: string | undefined;
  /** A key of the account. */
  readonly accountKey?: string | undefined;
  /** A shared access signature for the container or the account. */
  readonly sasToken?: string | undefined;
  /**
   * What gives tokens of Microsoft Entra, as the credentials of `@azure/identity` do. Without this and the three above: the
   * environment's `AZURE_STORAGE_CONNECTION_STRING`, `AZURE_STORAGE_KEY` or `AZURE_STORAGE_SAS_TOKEN`, else the
   * `DefaultAzureCredential` of `@azure/identity`, which must be installed for it.
   */
  readonly credential?: TokenCredential | undefined;
  /** A client you have, which is used as it is. It says by itself where the container is and who asks. */
  readonly client?: ContainerClient | undefined;
}

const CREDENTIALS = ["connectionString", "accountKey", "sasToken", "credential"] as const;

/**
 * A storage that keeps each object in a container of Azure Blob Storage, for any number of processes at once. Writes are
 * all or nothing and take one request up to 8 MiB (32 MiB where the body is no stream). Nothing is sent, and the SDK is not
 * loaded, before the first operation.
 *
 * Options that cannot be throw a ConfigurationError. What only the service knows shows with the first operation, as a
 * StorageError: `Misconfigured` where there is no such container, `Unauthenticated` where the credentials are missing,
 * wrong or expired, `PermissionDenied` where they do not allow it.
 */
export function azure(options: AzureOptions): Storage {
  checkOptions("Storage type azure", azurePlugin.options, options);
  const { place, settings } = resolveOptions(options);
  return new Storage(new AzureDriver(place, settings), { prefix: options.prefix });
}

/** The storage type `azure`: `az://container/prefix?account=name`. */
export const azurePlugin: StoragePlugin = {
  api: 1,
  kind: "storage",
  type: "azure",
  options: {
    container: { type: "string", url: "host" },
    prefix: { type: "string", url: "path" },
    account: { type: "string" },
    endpoint: { type: "string" },
    connectionString: { type: "string", secret: true },
    accountKey: { type: "string", secret: true },
    sasToken: { type: "string", secret: true },
    credential: { type: "object", secret: true },
    client: { type: "object" },
  },
  open: (config) => azure(config),
};

/** Where the options say that the objects are, and how they are reached; throws what is wrong with them. */
export function resolveOptions(options: AzureOptions): { readonly place: Place; readonly settings: ClientSettings } {
  const given = CREDENTIALS.filter((name) => options[name] !== undefined);
  if (given.length > 1) throw invalid(`give one of "${given.join('" and "')}", not both.`);
  const { client, connectionString } = options;
  if (client !== undefined) return ofClient(client, options, given[0]);
  const container = required(options.container);
  if (connectionString !== undefined) {
    const { credentials, ...place } = parseConnectionString(connectionString);
    for (const name of ["account", "endpoint"] as const) {
      if (options[name] !== undefined)
        throw invalid(`"${name}" cannot be given with "connectionString", which has its own.`);
    }
    if (credentials === undefined)
      throw invalid('"connectionString" has neither AccountKey nor SharedAccessSignature.');
    return { place: placeOf({ container, ...place }), settings: { credentials } };
  }
  return { place: placeOf({ container, ...accountOf(options) }), settings: { credentials: credentialsOf(options) } };
}

function ofClient(
  client: ContainerClient,
  { container, account, endpoint }: AzureOptions,
  credentials: string | undefined,
): { readonly place: Place; readonly settings: ClientSettings } {
  const names = { account, endpoint };
  for (const [name, value] of Object.entries(names)) {
    if (value !== undefined) throw invalid(`"${name}" cannot be given with "client", which has its own.`);
  }
  if (credentials !== undefined) throw invalid(`"${credentials}" cannot be given with "client", which has its own.`);
  if (typeof client.url !== "string" || typeof client.getBlockBlobClient !== "function") {
    throw invalid(
      'option "client" is a ContainerClient of @azure/storage-blob: of a BlobServiceClient, what its getContainerClient gives.',
    );
  }
  const url = new URL(client.url);
  const at = url.pathname.lastIndexOf("/");
  const own = decodeURIComponent(url.pathname.slice(at + 1));
  if (container !== undefined && container !== own) {
    throw invalid(`option "container" is ${JSON.stringify(container)}, and the client is for ${JSON.stringify(own)}.`);
  }
  return { place: placeOf({ container: own, endpoint: url.origin + url.pathname.slice(0, at) }), settings: { client } };
}

function credentialsOf({ accountKey, sasToken, credential }: AzureOptions): Credentials | undefined {
  if (accountKey !== undefined) {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(accountKey))
      throw invalid('option "accountKey" is a key of the account, in base64.');
    return { accountKey };
  }
  if (sasToken !== undefined) {
    if (!/(^|[?&])sig=[^&]/.test(sasToken))
      throw invalid('option "sasToken" is what follows the ? in a URL with a SAS, and has sig=.');
    return { sasToken };
  }
  if (credential === undefined) return undefined;
  if (typeof credential.getToken !== "function")
    throw invalid('option "credential" has no getToken, as credentials of @azure/identity have.');
  return { token: credential };
}

/** The account and endpoint that were given, else those of the environment. */
function accountOf({ account, endpoint }: AzureOptions): Pick<AzureOptions, "account" | "endpoint"> {
  if (account !== undefined || endpoint !== undefined) return { account, endpoint };
  const { AZURE_STORAGE_CONNECTION_STRING: text, AZURE_STORAGE_ACCOUNT: name } = process.env;
  if (text !== undefined && text !== "") {
    const string = parseConnectionString(text);
    return { account: string.account, endpoint: string.endpoint };
  }
  if (name !== undefined && name !== "") return { account: name };
  throw invalid(
    'needs the option "account", "endpoint" or "connectionString", or AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_CONNECTION_STRING in the environment.',
  );
}

function required(container: string | undefined): string {
  if (container !== undefined) return container;
  throw new ConfigurationError("InvalidOption", 'Storage type azure needs the option "container" (a string).');
}

function invalid(what: string): ConfigurationError {
  return new ConfigurationError("InvalidOption", `Storage type azure: ${what}`);
}
