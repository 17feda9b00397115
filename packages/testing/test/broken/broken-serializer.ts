import type { Serializer } from "@coatcheck/core";
import type { Registered, ValueKind } from "@coatcheck/testing";
import type { GraphSerializer } from "./graph-serializer.ts";

/** A serializer that gets one thing wrong. */
export interface BrokenSerializer {
  /** What it gets wrong. */
  readonly name: string;
  readonly open: (registered: Registered) => Serializer;
  /** The cases that must notice, those and no others; `group: *` is one or more of that group. */
  readonly fails: readonly string[];
  readonly exact?: readonly ValueKind[];
}

/** What is still to be written: each object with its path and its number. */
export type Queue = [object: object, path: string, index: number][];

/** Opens one of this class, again and again. */
export function withClass(serializer: new () => GraphSerializer): () => Serializer {
  return () => new serializer();
}
