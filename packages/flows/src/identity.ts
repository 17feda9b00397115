import { hashInputs } from "./hash/hash.ts";
import type { Run } from "./run.ts";
import { hasUpstream, replaceUpstream } from "./upstream.ts";

// Of futures and states of runs that have one: what stands for their value before it is there.
const identities = new WeakMap<object, string>();

/** Lets a future or a state of a run stand for its value in the identity of what is called with it. */
export function standFor(upstream: object, { identity, parent }: Run): void {
  if (identity !== undefined) identities.set(upstream, `${parent!.run.id} ${identity}`);
}

/**
 * What tells a call from all others of its flow run, and is the same when the flow is retried: its task, its inputs, and how many
 * earlier calls of this attempt had the same two. It must be asked for at the call, before anything is waited for: only that
 * order does not depend on timing. Undefined where the inputs cannot be hashed: such a call is never taken for another.
 */
export function identify(run: Run): string | undefined {
  const { definition, args, parent } = run;
  try {
    const key = `${definition.kind}:${JSON.stringify(definition.name)}:${hashForIdentity(args)}`;
    return `${key}#${parent!.occurrence(key)}`;
  } catch {
    return undefined;
  }
}

/** The part of the identity that tells inputs apart. Throws on what cannot be told from others. */
export function hashForIdentity(args: readonly unknown[]): string {
  return hashInputs(hasUpstream(args) ? replaceUpstream(args, standIn) : args);
}

// A map with a key that no value of a user has.
function standIn(upstream: object): unknown {
  const identity = identities.get(upstream);
  if (identity === undefined) throw new Error("It belongs to no run of this flow run.");
  return new Map([[Symbol.for("coatcheck.upstream"), identity]]);
}
