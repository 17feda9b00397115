import type { IncomingMessage } from "node:http";
import type { Fault } from "./faults.ts";

/** The connection is over, by itself or by a fault: nobody is there to answer. */
export class Gone extends Error {
  /** What came of the body. */
  readonly received: Buffer;

  constructor(received: Buffer) {
    super("The connection is over.");
    this.received = received;
  }
}

/** The body of a request. With a fault it is cut, or stalls, in the middle. */
export async function collect(request: IncomingMessage, fault: Fault<string> | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let received = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      received += chunk.byteLength;
      if (fault !== undefined && received > (fault.bytes ?? 0)) {
        if (fault.action === "stall") await new Promise((resolve) => request.once("close", resolve));
        request.destroy();
        throw new Error("cut");
      }
    }
  } catch {
    throw new Gone(Buffer.concat(chunks));
  }
  return Buffer.concat(chunks);
}
