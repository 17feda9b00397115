import type { Definition } from "./kinds.ts";
import type { BufferUse } from "./kinds-buffers.ts";

/** What is kept of values that hold more than plain data. */
export class Extra {
  /** What was met of each buffer. */
  readonly buffers: Map<ArrayBuffer, BufferUse> = new Map();
  /** The searchParams of the URLs that were met, and those URLs. */
  readonly searchParams: Map<object, URL> = new Map();
  /** The searchParams of a URL were met before it. */
  searchParamsCameFirst = false;
  readonly classes: Map<Definition, number> = new Map();
  /** What toState() gave, so that another attempt meets the same objects in it. */
  readonly states: Map<object, unknown> = new Map();
  /** The objects whose state is being written: they do not exist yet when their state is read. */
  readonly openStates: Set<object> = new Set();
}
