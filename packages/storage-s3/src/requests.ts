import { type Call, type Limits, Requests } from "@coatcheck/core/driver";
import { type ClientSettings, connect, type Connection } from "./client.ts";
import { Explainer, noteNeeded, type Permission } from "./errors.ts";
import type { Place } from "./place.ts";

/** Makes requests, over a client that is made by the first. */
export class S3Requests extends Requests<Connection> {
  readonly explainer: Explainer;
  /** DeleteObjects needs a checksum. AWS takes any; of others, many take only the one they have always asked for. */
  readonly needsMd5: boolean;
  /** Closes the connections of a client that is our own. */
  readonly close: () => Promise<void>;

  constructor(place: Place, settings: ClientSettings, limits: Limits) {
    const { client, credentials } = settings;
    const secrets = typeof credentials === "object" ? Object.values(credentials) : [];
    const explainer = new Explainer(place.bucket, place.endpoint, secrets, client !== undefined);
    let own: Promise<Connection> | undefined;
    const open = async (): Promise<Connection> => await (own = connect(place, settings));
    super(open, explainer.explain, limits);
    this.explainer = explainer;
    this.needsMd5 = place.endpoint !== undefined;
    this.close = async () => {
      if (client === undefined) (await own?.catch(() => undefined))?.client.destroy();
    };
  }
}

/** A call whose error names what it needs to be allowed. */
export function needing<T>(permission: Permission, call: Call<Connection, T>): Call<Connection, T> {
  return async (connection, abortSignal, fail) => {
    try {
      return await call(connection, abortSignal, fail);
    } catch (error) {
      noteNeeded(error, permission);
      throw error;
    }
  };
}
