import { type SignOptions, StorageError } from "@coatcheck/core";
import { checkSigning, type Requests } from "@coatcheck/core/driver";
import type { UserDelegationKey } from "@azure/storage-blob";
import { blobOf } from "./blob.ts";
import type { Connection } from "./client.ts";

/** Milliseconds after which a user delegation key ends at the latest: a week. */
const LONGEST_KEY = 7 * 24 * 60 * 60 * 1000;
/** Milliseconds for which a user delegation key is asked for at the least, as it serves many URLs. */
const KEY_LIFE = 60 * 60 * 1000;

/** Of the form that signatures have: one that every cloud and emulator knows, where the SDK takes its own latest. */
const VERSION = "2022-11-02";

/** Signs URLs with the account's key, or with a user delegation key where the client has tokens. */
export class Signer {
  readonly #requests: Requests<Connection>;
  #key: UserDelegationKey | undefined;

  constructor(requests: Requests<Connection>) {
    this.#requests = requests;
  }

  /**
   * A URL with a SAS for one blob: `r` to get, `c` and `w` to put. A put by it needs the header
   * `x-ms-blob-type: BlockBlob`, and what it writes has no write id. With the account's key nothing is sent; with tokens one
   * request gets a key, which serves the URLs that end before it.
   */
  async sign(key: string, options: SignOptions): Promise<string> {
    checkSigning(options);
    const { operation, expiresIn, signal } = options;
    return await this.#requests.send(
      async (connection, abortSignal) => {
        const { sdk, client } = connection;
        const expiresOn = new Date(Date.now() + expiresIn);
        const permissions = sdk.BlobSASPermissions.parse(operation === "get" ? "r" : "cw");
        const values = { permissions, expiresOn, version: VERSION };
        const blob = blobOf(client, key);
        // By what they have: a client of the caller's may be of another copy of the SDK.
        if ("computeHMACSHA256" in client.credential) return await blob.generateSasUrl(values);
        if (!("getToken" in client.credential)) {
          const detail =
            "URLs are signed with the account's key or with tokens, and the client has a SAS or nothing. Give other credentials.";
          throw new StorageError({ code: "NotSupported", detail });
        }
        this.#key = usable(this.#key, expiresOn) ?? (await delegationKey(connection, expiresIn, abortSignal));
        return await blob.generateUserDelegationSasUrl(values, this.#key);
      },
      { signal },
    );
  }
}

function usable(key: UserDelegationKey | undefined, expiresOn: Date): UserDelegationKey | undefined {
  return key !== undefined && key.signedExpiresOn >= expiresOn ? key : undefined;
}

async function delegationKey(
  { sdk, client }: Connection,
  expiresIn: number,
  abortSignal: AbortSignal,
): Promise<UserDelegationKey> {
  const url = new URL(client.url);
  url.pathname = url.pathname.slice(0, url.pathname.lastIndexOf("/"));
  const account = new sdk.BlobServiceClient(url.href, client.credential, { retryOptions: { maxTries: 1 } });
  const life = Math.min(LONGEST_KEY, Math.max(KEY_LIFE, expiresIn + 60_000));
  return await account.getUserDelegationKey(new Date(), new Date(Date.now() + life), { abortSignal });
}
