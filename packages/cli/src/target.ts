import { UsageError } from "./exit.ts";
import type { OpenedStorage, Session } from "./session.ts";

/** A result that a command was given. */
export interface Target extends OpenedStorage {
  /** A key, or a reference as JSON. */
  readonly what: string;
}

/** The result that arguments mean: a storage and a key or reference, or a reference alone, which names its storage. */
export async function targetOf(session: Session, args: readonly string[]): Promise<Target> {
  const [first = "", second, ...more] = args;
  if (more.length > 0 || (second === undefined && !first.trimStart().startsWith("{"))) {
    throw new UsageError('Give a storage and a key, as in "s3/prod reports/today", or one reference.');
  }
  const named = second === undefined ? "default" : first;
  return { ...(await session.open(named)), what: second ?? first };
}
