import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { loadSdk } from "@coatcheck/core/driver";
import type { Place } from "./place.ts";
import type { S3Credentials } from "./plugin.ts";
import { type Sdk, type Send, sendOver, sendOverOwn } from "./send.ts";

type Logger = NonNullable<S3ClientConfig["logger"]>;

/** How the client is had. */
export interface ClientSettings {
  readonly client?: S3Client | undefined;
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>) | undefined;
  readonly forcePathStyle?: boolean | undefined;
}

/** The SDK and a client of it; loads the SDK. */
export interface Connection {
  readonly sdk: Sdk;
  readonly client: S3Client;
  readonly send: Send;
}

/** Connections under way to one host at once, at most. */
const CONNECTIONS = 256;

/** Loads the SDK, and makes a client where none was given. */
export async function connect(place: Place, settings: ClientSettings): Promise<Connection> {
  const sdk = await loadSdk("s3", "@aws-sdk/client-s3", () => import("@aws-sdk/client-s3"));
  const { client = new sdk.S3Client(configOf(place, settings)) } = settings;
  return { sdk, client, send: settings.client === undefined ? sendOverOwn(client) : sendOver(client) };
}

function configOf({ region, endpoint }: Place, { credentials, forcePathStyle }: ClientSettings): S3ClientConfig {
  const other = endpoint !== undefined;
  const ownRegion = region ?? (other ? "us-east-1" : undefined);
  return {
    // Retries are the driver's: only it knows what an answer that was lost may have done.
    maxAttempts: 1,
    cacheMiddleware: true,
    // Where it is on, each part opens a connection of its own.
    expectContinueHeader: false,
    forcePathStyle: forcePathStyle ?? other,
    ...(ownRegion === undefined ? {} : { region: ownRegion }),
    ...(credentials === undefined ? {} : { credentials: copied(credentials) }),
    // The checksums that AWS knows, and trailers most of all, make others refuse a request or keep them in the object.
    ...(other
      ? { endpoint, requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED" }
      : {}),
    // Without one the SDK writes to the console when a body that is a stream fails. With info and error it copies the
    // input and output of each call for it, which takes longer than all that is done here.
    logger: { trace() {}, debug() {}, warn() {} } as unknown as Logger,
    requestHandler: {
      connectionTimeout: 10_000,
      httpAgent: { keepAlive: true, maxSockets: CONNECTIONS },
      httpsAgent: { keepAlive: true, maxSockets: CONNECTIONS },
    },
  };
}

// The SDK writes into the object it is given.
function copied(credentials: NonNullable<ClientSettings["credentials"]>): NonNullable<S3ClientConfig["credentials"]> {
  const copy = typeof credentials === "function" ? async () => ({ ...(await credentials()) }) : { ...credentials };
  return copy as NonNullable<S3ClientConfig["credentials"]>;
}
