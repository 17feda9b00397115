import { createHash } from "node:crypto";
import { ConfigurationError } from "@coatcheck/core";
import type { OwnOptions, Subject } from "./decision.ts";
import { checkCombination, type CheckedOptions, readOptions } from "./option-check.ts";
import { KeyMaker } from "./key-maker.ts";

/**
 * Any function that needs no `this`, for types that keep what it is. Its parameters are `never`, not `any`: else `(page = 1) => …`
 * would take anything.
 */
export type AnyFunction = (this: void, ...args: never) => unknown;

/** What `flow()` or `task()` was given, checked. */
export class Definition implements Subject {
  readonly kind: "flow" | "task";
  readonly fn: AnyFunction;
  readonly options: CheckedOptions;
  /** What makes the keys of its results; undefined for unique ids. */
  readonly keyMaker: KeyMaker | undefined;
  readonly #changed: ReadonlySet<string>;
  #name: string | undefined;

  private constructor(kind: "flow" | "task", fn: AnyFunction, options: CheckedOptions, changed: ReadonlySet<string>) {
    this.kind = kind;
    this.fn = fn;
    this.options = options;
    this.#changed = changed;
    checkCombination(this.label, options);
    this.keyMaker = KeyMaker.of(this);
  }

  /** Checks options as they were given; throws a ConfigurationError on the first thing that is wrong. */
  static create(kind: "flow" | "task", fn: AnyFunction, given: object): Definition {
    if (typeof fn !== "function") {
      const what = fn === null || fn === undefined ? String(fn) : `a value of type ${typeof fn}`;
      throw invalid(`${kind}() is given ${what}; give it a function: ${kind}(async (x) => …, { name: "…" }).`);
    }
    return new Definition(kind, fn, readOptions(kind, fn.name, given).given, new Set());
  }

  /** The same function with some options replaced. */
  with(changes: object): Definition {
    const { given, reset } = readOptions(this.kind, this.options.name ?? this.fn.name, changes);
    const kept = Object.entries(this.options).filter(([name]) => !reset.includes(name));
    const changed = new Set([...this.#changed, ...reset, ...Object.keys(given)]);
    return new Definition(this.kind, this.fn, { ...Object.fromEntries(kept), ...given }, changed);
  }

  /**
   * What tells it from others, in keys and messages: the option `name`, or the name of the function, or a hash of its
   * source.
   */
  get name(): string {
    return (this.#name ??= this.options.name ?? (this.fn.name || `${this.kind}-${hashOf(this.source).slice(0, 12)}`));
  }

  /** The text of the function. */
  get source(): string {
    return Function.prototype.toString.call(this.fn);
  }

  /** For messages: `Task "extract"`. */
  get label(): string {
    return `${this.kind === "task" ? "Task" : "Flow"} ${JSON.stringify(this.name)}`;
  }

  from(option: keyof OwnOptions): string {
    const where = `${this.kind} ${JSON.stringify(this.name)}`;
    return this.#changed.has(option) ? `${where} (withOptions)` : where;
  }
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError("InvalidOption", message);
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
