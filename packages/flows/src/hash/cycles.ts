import type { TextOfParts } from "./kinds.ts";

/** The cycle that an object is in, for those that are in one. */
export type Cycles = ReadonlyMap<object, Cycle>;

/** Objects each of which is inside each other one: a strongly connected component. */
class Cycle {
  readonly members: ReadonlySet<unknown>;
  /** Those that have been met, numbered as they were. */
  readonly numbers: Map<object, string> = new Map();

  constructor(members: ReadonlySet<unknown>) {
    this.members = members;
  }

  /** What stands for a member inside the cycle, once it has been met. */
  enter(member: object): string {
    const number = `^${this.numbers.size}`;
    this.numbers.set(member, number);
    return number;
  }
}

interface Frame {
  readonly object: object;
  readonly parts: TextOfParts | undefined;
  readonly order: number;
  /** The earliest object that can be reached from here and is not in a finished component. */
  low: number;
}

/** Finds the cycles among the objects in `root` by Tarjan's algorithm, on a stack of its own. */
export function findCycles(root: object, partsOf: (object: object) => string | TextOfParts): Cycles {
  const cycles = new Map<object, Cycle>();
  const orders = new Map<object, number>();
  const open: object[] = [];
  const isOpen = new Set<object>();
  const frames: Frame[] = [];
  const enter = (object: object): void => {
    const order = orders.size;
    orders.set(object, order);
    open.push(object);
    isOpen.add(object);
    frames.push({ object, parts: partsFrom(object, partsOf), order, low: order });
  };
  enter(root);
  while (frames.length > 0) {
    const frame = frames.at(-1)!;
    const part = nextPart(frame.parts);
    if (part !== undefined) {
      const order = orders.get(part);
      if (order === undefined) enter(part);
      else if (isOpen.has(part)) {
        frame.low = Math.min(frame.low, order);
        // Alone in its cycle, an object that holds itself is one.
        if (part === frame.object && !cycles.has(part)) cycles.set(part, new Cycle(new Set([part])));
      }
      continue;
    }
    frames.pop();
    const parent = frames.at(-1);
    if (parent !== undefined) parent.low = Math.min(parent.low, frame.low);
    if (frame.low !== frame.order) continue;
    const members = new Set(open.splice(open.lastIndexOf(frame.object)));
    for (const member of members) isOpen.delete(member);
    if (members.size === 1) continue;
    const cycle = new Cycle(members);
    for (const member of members) cycles.set(member, cycle);
  }
  return cycles;
}

// What cannot be read is left to the walk that makes the text: it knows the path for the error.
function partsFrom(object: object, partsOf: (object: object) => string | TextOfParts): TextOfParts | undefined {
  try {
    const parts = partsOf(object);
    return typeof parts === "string" ? undefined : parts;
  } catch {
    return undefined;
  }
}

function nextPart(parts: TextOfParts | undefined): object | undefined {
  try {
    const next = parts?.next("");
    return next === undefined || next.done === true ? undefined : next.value;
  } catch {
    return undefined;
  }
}
