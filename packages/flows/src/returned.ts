import { Future } from "./future.ts";
import { State } from "./state.ts";
import { isUpstream } from "./upstream.ts";

/**
 * The value of a flow from what its function gave back: a state or future stands for its value, and so does each in a list.
 * Throws the error of one that failed; of a list an AggregateError of all of them, `2/3 states failed.`
 */
export async function returned(value: unknown): Promise<unknown> {
  if (isUpstream(value)) return await value.result();
  if (!Array.isArray(value) || !value.some(isUpstream)) return value;
  const settled: unknown[] = await Promise.all(value.map((each) => (each instanceof Future ? each.wait() : each)));
  const states = settled.filter((each) => each instanceof State);
  const failed = states.filter((state) => !state.isCompleted());
  if (failed.length === 0)
    return await Promise.all(settled.map((each) => (each instanceof State ? each.result() : each)));
  const errors = await Promise.all(failed.map(errorOf));
  throw new AggregateError(errors, `${failed.length}/${states.length} states failed.`);
}

/** The error of a state that did not complete, or the one that says that it is not over. */
export async function errorOf(state: State): Promise<unknown> {
  return await state.result({ raiseOnFailure: false }).catch((error: unknown) => error);
}
