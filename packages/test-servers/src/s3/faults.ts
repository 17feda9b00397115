import type { S3Operation } from "./server.ts";

/** What goes wrong. */
export type FaultAction =
  /** The connection ends. */
  | "reset"
  /** Nothing more comes. */
  | "stall"
  /** An answer that is no S3: HTML with status 200. */
  | "garbage"
  /** An answer that is not even HTTP. */
  | "noise"
  /** An answer with an error. */
  | { readonly status: number; readonly code: string; readonly headers?: Readonly<Record<string, string>> }
  /** The body is announced with this many bytes more, or fewer, than it has. */
  | { readonly contentLengthOff: number };

/** One thing that goes wrong, once or more often. */
export interface Fault {
  /**
   * Before anything of the request is looked at; in the middle of its body; after it was carried out, instead of the
   * answer; or in the middle of the answer's body.
   */
  readonly at: "request" | "request body" | "answer" | "answer body";
  readonly action: FaultAction;
  /** Default: any operation. */
  readonly on?: S3Operation;
  /** Default 1. */
  readonly times?: number;
  /** How many requests it lets pass before. Default 0. */
  readonly after?: number;
  /** For what is in the middle of a body: how many bytes pass before. Default 0. */
  readonly bytes?: number;
}

/** The faults that are still to come. */
export class Faults {
  #waiting: { fault: Fault; left: number; pass: number }[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ fault, left: fault.times ?? 1, pass: fault.after ?? 0 });
  }

  clear(): void {
    this.#waiting = [];
  }

  /** The fault of this request at this point, which is used up by it. */
  take(at: Fault["at"], operation: S3Operation): Fault | undefined {
    for (const each of this.#waiting) {
      if (each.fault.at !== at || (each.fault.on !== undefined && each.fault.on !== operation)) continue;
      if (each.pass-- > 0) continue;
      if (--each.left === 0) this.#waiting = this.#waiting.filter((other) => other !== each);
      return each.fault;
    }
    return undefined;
  }
}
