import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";

/** An answer that says what is wrong. */
export interface ErrorAnswer {
  readonly status: number;
  readonly code: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What goes wrong. */
export type FaultAction =
  /** The connection ends. */
  | "reset"
  /** Nothing more comes. */
  | "stall"
  /** An answer that is not of the protocol: HTML with status 200. */
  | "garbage"
  /** An answer that is not even HTTP. */
  | "noise"
  /** An answer with an error. */
  | ErrorAnswer
  /** The body is announced with this many bytes more, or fewer, than it has. */
  | { readonly contentLengthOff: number };

/** One thing that goes wrong, once or more often. */
export interface Fault<Operation extends string> {
  /**
   * Before anything of the request is looked at; in the middle of its body; after it was carried out, instead of the
   * answer; or in the middle of the answer's body.
   */
  readonly at: "request" | "request body" | "answer" | "answer body";
  readonly action: FaultAction;
  /** Default: any operation. */
  readonly on?: Operation;
  /** Default 1. */
  readonly times?: number;
  /** How many requests it lets pass before. Default 0. */
  readonly after?: number;
  /** For what is in the middle of a body: how many bytes pass before. Default 0. */
  readonly bytes?: number;
}

/** The faults that are still to come. */
export class Faults<Operation extends string> {
  #waiting: { fault: Fault<Operation>; left: number; pass: number }[] = [];

  add(fault: Fault<Operation>): void {
    this.#waiting.push({ fault, left: fault.times ?? 1, pass: fault.after ?? 0 });
  }

  clear(): void {
    this.#waiting = [];
  }

  /** The fault of this request at this point, which is used up by it. */
  take(at: Fault<Operation>["at"], operation: Operation): Fault<Operation> | undefined {
    for (const each of this.#waiting) {
      if (each.fault.at !== at || (each.fault.on !== undefined && each.fault.on !== operation)) continue;
      if (each.pass-- > 0) continue;
      if (--each.left === 0) this.#waiting = this.#waiting.filter((other) => other !== each);
      return each.fault;
    }
    return undefined;
  }
}

/** Does what a fault says in place of an answer. `sendError` writes an error as the protocol has it. */
export function failInstead(
  action: FaultAction,
  request: IncomingMessage,
  response: ServerResponse,
  sendError: (error: ErrorAnswer) => void,
): void {
  if (action === "stall") return;
  if (action === "reset" || (typeof action === "object" && !("status" in action))) return void request.socket.destroy();
  if (action === "noise") return void request.socket.end("this is no HTTP\r\n\r\n");
  request.resume();
  if (action !== "garbage") return sendError(action);
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.writeHead(200, { "content-type": "text/html" });
  response.end("<html><body><p>Sign in to this network</body>");
}

/** Sends an answer, with what a fault says of its body. */
export function sendAnswer(
  response: ServerResponse,
  { status, headers, body }: { readonly status: number; readonly headers: OutgoingHttpHeaders; readonly body: Buffer },
  fault: Fault<string> | undefined,
): void {
  const { action, bytes = 0 } = fault ?? {};
  const length = Number(headers["content-length"] ?? 0);
  const off = typeof action === "object" && "contentLengthOff" in action ? action.contentLengthOff : 0;
  response.writeHead(status, off === 0 ? headers : { ...headers, "content-length": String(length + off) });
  if (fault === undefined) return void response.end(body);
  if (off < 0) return void response.end(body.subarray(0, length + off));
  response.write(body.subarray(0, off > 0 ? length : bytes), () => {
    if (action === "reset") response.socket?.destroy();
  });
}
