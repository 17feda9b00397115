import { types } from "node:util";
import { type Cycles, findCycles } from "./cycles.ts";
import { UnhashableInput } from "./errors.ts";
import { kindOf, type TextOfParts } from "./kinds.ts";
import { primitiveText, Refusal, shortened } from "./text.ts";

/** An object whose text is being made. */
interface Frame {
  readonly object: object;
  parts: TextOfParts | undefined;
  /** The property or entry of it whose text is waited for. */
  step: unknown;
}

/** Thrown where an object is met inside itself before cycles were looked for. */
const FOUND_CYCLE = Symbol("found a cycle");
/** Stands for the text of an object that is being made. */
const UNDER_WAY = "";

/** The canonical text of a value: the same for equal values, another for others. See `hashInputs` for what is equal. */
export function textOf(root: unknown): string {
  try {
    return new Walk().text(root);
  } catch (error) {
    if (error !== FOUND_CYCLE) throw error;
  }
  const walk = new Walk();
  walk.cycles = findCycles(root as object, (object) => kindOf(object)(object, walk));
  return walk.text(root);
}

/** One walk through the objects of a value, on a stack of its own, so that no value is too deep. Each is looked at once. */
export class Walk {
  /** The property or entry that is looked at: kinds set it before they read, for the path in errors. */
  step: unknown;
  cycles: Cycles | undefined;
  readonly #texts: Map<object, string> = new Map();
  readonly #frames: Frame[] = [];
  readonly #states: Map<object, unknown> = new Map();

  text(root: unknown): string {
    const frames = this.#frames;
    try {
      let answer = primitiveText(root) ?? this.#enter(root as object);
      while (frames.length > 0) {
        const frame = frames.at(-1)!;
        const next = frame.parts!.next(answer!);
        if (next.done === true) {
          frames.pop();
          answer = this.#leave(frame.object, next.value);
        } else {
          frame.step = this.step;
          answer = this.#enter(next.value);
        }
      }
      return answer!;
    } catch (error) {
      throw error === FOUND_CYCLE && this.cycles === undefined ? error : this.#unhashable(error);
    }
  }

  /** What counts of an instance, asked for once. */
  stateOf<T extends object>(instance: T, state: (instance: T) => unknown): unknown {
    if (!this.#states.has(instance)) this.#states.set(instance, state(instance));
    return this.#states.get(instance);
  }

  /** Whether both are in one cycle, so that the text of neither can be had before that of the other. */
  shareCycle(object: object, item: unknown): boolean {
    return this.cycles?.get(object)?.members.has(item) === true;
  }

  // The text of an object, where it is known already, or at once.
  #enter(object: object): string | undefined {
    const known = this.#texts.get(object);
    if (known === UNDER_WAY) throw FOUND_CYCLE;
    if (known !== undefined) return known;
    const kind = kindOf(object);
    this.step = undefined;
    const frame: Frame = { object, parts: undefined, step: undefined };
    this.#frames.push(frame);
    const parts = kind(object, this);
    if (typeof parts === "string") {
      this.#frames.pop();
      return this.#leave(object, parts);
    }
    frame.parts = parts;
    // Inside its cycle an object is written once, and is a number wherever else it is met.
    this.#texts.set(object, this.cycles?.get(object)?.enter(object) ?? UNDER_WAY);
    return undefined;
  }

  #leave(object: object, whole: string): string {
    const cycle = this.cycles?.get(object);
    const isEntry = cycle?.numbers.get(object) === "^0";
    // The star says of which cycle the numbers after it are.
    const text = shortened(isEntry ? `*${whole}` : whole);
    if (cycle === undefined) this.#texts.set(object, text);
    else if (isEntry) {
      // The cycle is left: from here on, a member is told by the whole of it and its number.
      for (const [member, number] of cycle.numbers) this.#texts.set(member, `${number}(${text})`);
      this.#texts.set(object, text);
    }
    return text;
  }

  #unhashable(error: unknown): UnhashableInput {
    const last = this.#frames.at(-1);
    if (last !== undefined) last.step = this.step;
    const path = `$${this.#frames.map(({ object, step }) => stepText(object, step)).join("")}`;
    if (error instanceof Refusal) return new UnhashableInput({ path, reason: error.message });
    const why = error === FOUND_CYCLE ? "it changes while it is read" : `reading it failed: ${messageOf(error)}`;
    return new UnhashableInput({ path, reason: `something that has no hash: ${why}.`, cause: error });
  }
}

function stepText(object: object, step: unknown): string {
  if (step === undefined) return "";
  if (types.isMap(object)) return `.get(${shown(step)})`;
  if (types.isSet(object)) return `.has(${shown(step)})`;
  if (typeof step === "number") return `[${step}]`;
  if (typeof step === "symbol") return `[${String(step)}]`;
  return typeof step === "string" && IDENTIFIER.test(step) ? `.${step}` : `[${shown(step)}]`;
}

function shown(step: unknown): string {
  if (typeof step === "string") return JSON.stringify(step.length > 60 ? `${step.slice(0, 60)}…` : step);
  return typeof step === "object" && step !== null ? "…" : String(step as number);
}

const IDENTIFIER = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
