import { ConfigurationError, StorageError } from "@coatcheck/core";
import { loadSdk } from "@coatcheck/core/driver";
import { isOfAzure, type Place } from "./place.ts";

/** What gives tokens of Microsoft Entra: any credential of `@azure/identity`, or an object with its one method. */
export interface TokenCredential {
  /** The options are those of the SDK's interface of this name; `null` means that there is no token. */
  getToken(
    scopes: string | string[],
    options?: { readonly abortSignal?: unknown },
  ): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
}

/** How requests are authorized. */
export type Credentials =
  { readonly accountKey: string } | { readonly sasToken: string } | { readonly token: TokenCredential };

/** What a connection string says. */
export interface ConnectionString {
  readonly account: string | undefined;
  readonly endpoint: string | undefined;
  readonly credentials: Credentials | undefined;
}

/** Of the account that every Azurite has: public, and in its documentation. */
const EMULATOR = {
  AccountName: "devstoreaccount1",
  AccountKey: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
  BlobEndpoint: "http://127.0.0.1:10000/devstoreaccount1",
};

/** Throws `InvalidOption` on what is no connection string; its text is not repeated. */
export function parseConnectionString(text: string): ConnectionString {
  const given = new Map<string, string>();
  for (const part of text.split(";")) {
    const at = part.indexOf("=");
    if (at > 0) given.set(part.slice(0, at).trim(), part.slice(at + 1).trim());
    else if (part.trim() !== "") throw noConnectionString();
  }
  const emulated = given.get("UseDevelopmentStorage") === "true";
  const get = (name: string): string | undefined => given.get(name) ?? (emulated ? lookUp(name) : undefined);
  const account = get("AccountName");
  const accountKey = get("AccountKey");
  const sasToken = get("SharedAccessSignature");
  const suffix = get("EndpointSuffix");
  const scheme = get("DefaultEndpointsProtocol") ?? "https";
  const host = account === undefined || suffix === undefined ? undefined : `${scheme}://${account}.blob.${suffix}`;
  const endpoint = get("BlobEndpoint") ?? host;
  if (account === undefined && endpoint === undefined) throw noConnectionString();
  const shared = sasToken === undefined ? undefined : { sasToken };
  return { account, endpoint, credentials: accountKey === undefined ? shared : { accountKey } };
}

/** The credentials of the environment for a place: of variables, else those that `@azure/identity` finds. */
export async function ambientCredentials(place: Place): Promise<Credentials> {
  const { AZURE_STORAGE_ACCOUNT: account, AZURE_STORAGE_KEY: key, AZURE_STORAGE_SAS_TOKEN: sas } = process.env;
  const { AZURE_STORAGE_CONNECTION_STRING: text } = process.env;
  if (text !== undefined && text !== "") {
    const string = parseConnectionString(text);
    const same = string.account !== undefined && string.account === place.account;
    if (string.credentials !== undefined && (string.endpoint === undefined ? same : samePlace(string, place))) {
      return string.credentials;
    }
  }
  const forThis = account === undefined || account === "" || account === place.account;
  if (forThis && key !== undefined && key !== "") return { accountKey: key };
  // A token is sent as it is: to Azure, and to nobody else for whom it was not given.
  if (!isOfAzure(place.endpoint)) throw noneFor(place);
  if (forThis && sas !== undefined && sas !== "") return { sasToken: sas };
  return { token: await identity() };
}

function samePlace({ endpoint }: ConnectionString, place: Place): boolean {
  return endpoint !== undefined && new URL(endpoint).href.replace(/\/+$/, "") === place.endpoint;
}

async function identity(): Promise<TokenCredential> {
  const name = "@azure/identity";
  try {
    // Bundlers let a package be missing where its import stands in a try.
    // @ts-ignore: an optional peer, which need not be there.
    const sdk = (await import("@azure/identity")) as { DefaultAzureCredential: new () => TokenCredential };
    return new sdk.DefaultAzureCredential();
  } catch (cause) {
    const error: unknown = await loadSdk("azure", name, () => Promise.reject(cause as Error)).catch(
      (why: unknown) => why,
    );
    if (!(error instanceof StorageError) || error.code !== "MissingPackage") throw error;
    const detail = `no credentials were given, the environment has none, and what would look for those of this machine, ${name}, is not installed. Give connectionString, accountKey, sasToken or credential, set AZURE_STORAGE_CONNECTION_STRING, or run: npm install ${name}`;
    throw new StorageError({ code: "MissingPackage", detail, cause });
  }
}

function noneFor({ endpoint }: Place): StorageError {
  const detail = `no credentials were given for ${endpoint}, and those of this machine are sent to Azure only. Give connectionString, accountKey, sasToken or credential, or set AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_KEY.`;
  return new StorageError({ code: "Unauthenticated", detail });
}

function lookUp(name: string): string | undefined {
  return Object.hasOwn(EMULATOR, name) ? EMULATOR[name as keyof typeof EMULATOR] : undefined;
}

function noConnectionString(): ConfigurationError {
  const what =
    'a connection string is name=value pairs with ; between them, and has AccountName or BlobEndpoint, as the portal shows it under "Access keys"';
  return new ConfigurationError("InvalidOption", `Storage type azure: ${what}.`);
}
