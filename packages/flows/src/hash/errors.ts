import { CoatcheckError } from "@coatcheck/core";

/** What an {@link UnhashableInput} says. */
export interface UnhashableInputInit {
  /** Where in the inputs, from their root: `$[0].users[3].callback`. */
  readonly path: string;
  /** What is there and why it has no hash, as the end of a sentence that begins with the path. */
  readonly reason: string;
  /** What could not be done, as the beginning of the message. */
  readonly label?: string;
  readonly cause?: unknown;
}

/** Inputs hold something that cannot be told from others, so that nobody can say whether two calls are equal. */
export class UnhashableInput extends CoatcheckError {
  readonly code = "UnhashableInput";
  readonly path: string;
  readonly reason: string;

  constructor({ path, reason, label = "The inputs have no hash", cause }: UnhashableInputInit) {
    super(`${label}: ${path} is ${reason}`, cause === undefined ? {} : { cause });
    this.name = "UnhashableInput";
    this.path = path;
    this.reason = reason;
  }
}
