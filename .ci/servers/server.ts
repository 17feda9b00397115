import type { Suite } from "../suite.ts";

/** A server that runs. */
interface RunningServer {
  readonly suites: readonly Suite[];
  /** Ends it, and leaves nothing behind. */
  close(): Promise<void>;
}

/** A server that is not ours, at a pinned version. */
export interface ForeignServer {
  /** As it is named on the command line. */
  readonly name: string;
  readonly version: string;
  /** Gets it, where it is not kept from an earlier run, and starts it; throws {@link NotHere} where it cannot be had here. */
  start(): Promise<RunningServer>;
}

/** The server cannot be had on this machine; the message says why. */
export class NotHere extends Error {}
