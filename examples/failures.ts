// Five ways to deal with a task that fails.
import { flow, task } from "@coatcheck/flows";

const divide = task(
  async (a: number, b: number) => {
    if (b === 0) throw new RangeError(`${a} / 0`);
    return a / b;
  },
  { name: "divide" },
);

// 1. A failure is thrown: the very error, where it happens; the flow fails with it, unless it is caught.
const throwing = flow(async () => await divide(1, 0), { name: "throwing" });
console.log(await throwing().catch((error: unknown) => `1. ${String(error)}`));

// 2. A state can be looked at, and gives its error instead of throwing it.
const looking = flow(
  async () => {
    const state = await divide.returnState(2, 0);
    const result = await state.result({ raiseOnFailure: false });
    return result instanceof Error ? `2. ${state.name}: ${result.message}` : result;
  },
  { name: "looking" },
);
console.log(await looking());

// 3. A flow has a state as well; asking it for its result throws.
const state = await throwing.returnState();
console.log(`3. ${state.type}: ${state.message}, ${String(await state.result().catch((error: unknown) => error))}`);

// 4. A flow that gives back a state is in that state.
const passing = flow(async () => await divide.returnState(4, 0), { name: "passing" });
console.log(`4. ${(await passing.returnState()).message}`);

// 5. Of a list of states or futures, one that failed is enough.
const several = flow(async () => [divide.submit(2, 1), divide.submit(1, 0), divide.submit(6, 3)], {
  name: "several",
});
const all = await several.returnState();
console.log(`5. ${all.type}: ${all.message}`);

// What could not run, for it needs the value of what failed, is not a failure of its own.
const waiting = flow(
  async () => {
    const failed = divide.submit(8, 0);
    const after = await divide.returnState(failed, 2);
    return `6. ${after.type}, ${after.name}`;
  },
  { name: "waiting" },
);
console.log(await waiting());

// Prints:
// 1. RangeError: 1 / 0
// 2. Failed: 2 / 0
// 3. Failed: RangeError: 1 / 0, RangeError: 1 / 0
// 4. RangeError: 4 / 0
// 5. Failed: 1/3 states failed.
// 6. Pending, NotReady
