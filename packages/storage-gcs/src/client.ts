import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { loadSdk } from "@coatcheck/core/driver";
import type { Storage as Client, StorageOptions } from "@google-cloud/storage";
import { AuthFailure, Refusal } from "./errors.ts";
import { type HttpAnswer, type HttpRequest, sendRequest } from "./http.ts";
import type { Place } from "./place.ts";
import type { GcsCredentials } from "./plugin.ts";

/** How the client is had. */
export interface ClientSettings {
  readonly client?: Client | undefined;
  readonly credentials?: GcsCredentials | undefined;
}

/** Connections under way to one host at once, at most. */
const CONNECTIONS = 256;

/** Makes a client where none was given, for which it loads the SDK. */
export async function connect(place: Place, settings: ClientSettings): Promise<Connection> {
  if (settings.client !== undefined) return new Connection(settings.client);
  const sdk = await loadSdk("gcs", "@google-cloud/storage", () => import("@google-cloud/storage"));
  const client = new sdk.Storage(optionsOf(place, settings));
  const { credentials } = settings;
  // Where its constructor puts the option `credentials`, about which newer versions of the SDK write to the console.
  if (credentials !== undefined) client.authClient.jsonContent = credentials as typeof client.authClient.jsonContent;
  return new Connection(client);
}

function optionsOf({ endpoint }: Place, { credentials }: ClientSettings): StorageOptions {
  return {
    // Nothing here needs a project. Without a name the SDK looks for one where it looks for credentials: it runs gcloud, and
    // asks for the metadata server that only Google's machines have.
    projectId: "unused",
    // What the environment gives is Google's business: only what was given for it goes anywhere else.
    ...(endpoint === undefined
      ? {}
      : { apiEndpoint: endpoint, useAuthWithCustomEndpoint: credentials !== undefined || ofGoogle(endpoint) }),
  };
}

function ofGoogle(endpoint: string): boolean {
  const { protocol, hostname } = new URL(endpoint);
  return protocol === "https:" && hostname.endsWith(".googleapis.com");
}

/**
 * A client of the SDK, and the way its requests are sent: with its credentials, proxy and interceptors, by its `authClient`,
 * which takes care of tokens; but over a connection of our own, as none of the SDK's can be aborted.
 */
export class Connection {
  readonly client: Client;
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: CONNECTIONS });
  readonly #https = new HttpsAgent({ keepAlive: true, maxSockets: CONNECTIONS });

  constructor(client: Client) {
    this.client = client;
  }

  /** Where the client sends requests to. */
  get endpoint(): string {
    return this.client.apiEndpoint;
  }

  /** Sends a request once. Rejects with an {@link AuthFailure} where there is no token to send it with. */
  async send(given: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { client } = this;
    const request = { ...given, headers: { ...this.#intercepted(given), ...given.headers } };
    const agent = given.url.startsWith("https:") ? this.#https : this.#http;
    const open = client.customEndpoint && client.useAuthWithCustomEndpoint !== true;
    if (open) return await sendRequest(request, agent, signal);
    let answer: HttpAnswer | undefined;
    let failure: { readonly error: unknown } | undefined;
    try {
      await client.authClient.request({
        url: request.url,
        method: request.method,
        headers: { ...request.headers },
        responseType: "stream",
        retryConfig: { retry: 0 },
        // The client may get a new token and try again after this one.
        validateStatus: (status) => status !== 401,
        adapter: async (prepared) => {
          const headers = plain(prepared.headers);
          try {
            answer = await sendRequest(
              { ...request, headers },
              (prepared.agent as HttpAgent | undefined) ?? agent,
              signal,
            );
          } catch (error) {
            failure = { error };
            throw error;
          }
          const { status, body: data } = answer;
          return {
            config: prepared,
            status,
            statusText: "",
            headers: {},
            data,
            request: { responseURL: request.url },
          } as never;
        },
      });
    } catch (error) {
      if (failure !== undefined) throw failure.error;
      if (answer?.status === 401) throw new Refusal(401, answer.headers, "");
      throw new AuthFailure(error);
    }
    return answer!;
  }

  /** Headers that the client's interceptors add. */
  #intercepted({ method, url, headers }: HttpRequest): Readonly<Record<string, string>> {
    const interceptors = this.client.getRequestInterceptors();
    if (interceptors.length === 0) return {};
    const first = { method, uri: url, headers: { ...headers } };
    return interceptors.reduce((options, intercept) => intercept(options) as typeof first, first).headers;
  }

  /** Closes connections that are kept for later. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/** Headers as one version of the SDK has them, or the other. */
function plain(headers: unknown): Record<string, string> {
  const { entries } = headers as { entries?: () => Iterable<[string, string]> };
  return typeof entries === "function"
    ? Object.fromEntries(entries.call(headers))
    : { ...(headers as Record<string, string>) };
}
