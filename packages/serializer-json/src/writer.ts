import {
  classOf,
  isProxy,
  isWellFormed,
  notSerializable,
  pathOf,
  type Place,
  Refusal,
  refuseFunction,
  refuseObject,
  refusePretender,
  refuseProxy,
} from "@coatcheck/core/serializer";
import { settleViews, type SharedBuffers } from "./binary.ts";
import type { Integrity, Json, JsonRecord, WrittenKind } from "./kind.ts";
import { type Classes, type Definition, kindOfPrototype } from "./kinds.ts";
import { dependencyOrder } from "./order.ts";
import { settleSearchParams } from "./platform.ts";
import { writeProperties } from "./properties.ts";
import { MAX_RESERVED } from "./limits.ts";
import { isPlainNumber, MAX_DEPTH } from "./scan.ts";
import { integrityOf } from "./wrappers.ts";
import { splitAtLoneSurrogates } from "./text.ts";
import { symbolTag } from "./symbols.ts";

/** Where the JSON of an object stands, and its number where it stands in the table. */
interface Written {
  readonly holder: Json[] | JsonRecord;
  readonly key: string | number;
  node: number | undefined;
}

interface Waiting {
  readonly value: object;
  readonly node: number;
  readonly place: Place | undefined;
}

const { defineProperty } = Object;

/**
 * Writes one value as a tree of JSON. An object is written where it is met first; when it is met again its JSON moves to
 * the table, and references stand in its place. With `tracing`, errors carry the path; without, a {@link Refusal} knows
 * no path, and nothing is spent on one.
 */
export class Writer {
  /** The views that were met, by their buffer: only at the end is it known which buffers are shared. */
  readonly buffers: SharedBuffers = new Map();
  readonly urls: URL[] = [];
  readonly searchParams: Map<URLSearchParams, JsonRecord> = new Map();
  readonly #classes: Classes;
  readonly #tracing: boolean;
  readonly #written = new Map<object, Written>();
  readonly #table: Json[] = [null];
  readonly #waiting: Waiting[] = [];
  readonly #states: { readonly value: object; readonly place: Place | undefined }[] = [];
  #hasReferences = false;
  #reserved = 0;
  #place: Place | undefined;

  constructor(classes: Classes, tracing: boolean) {
    this.#classes = classes;
    this.#tracing = tracing;
  }

  /** The document: the root alone, or `{ "$graph": [root, …] }` where something is referred to. */
  document(root: unknown): Json {
    try {
      this.put(this.#table, 0, root, 1);
      for (const { value, node, place } of this.#waiting) {
        this.#place = place;
        this.#table[node] = this.#object(value, 1);
      }
      settleViews(this.buffers, this);
      settleSearchParams(this);
      this.#refuseCircularStates();
    } catch (error) {
      throw this.#tracing ? notSerializable(error, pathOf(this.#place)) : error;
    }
    return this.#hasReferences ? { $graph: this.#table } : this.#table[0]!;
  }

  /**
   * Writes `value` into `holder[key]`. `depth` counts the objects and arrays of JSON that will stand around it, `step`
   * leads to it in the value.
   */
  put(holder: Json[] | JsonRecord, key: string | number, value: unknown, depth: number, step?: Place["step"]): void {
    const place = this.#place;
    if (this.#tracing && step !== undefined) this.#place = { up: place, step };
    set(holder, key, this.#json(value, holder, key, depth));
    this.#place = place;
  }

  /** Counts what buffers may grow to: reading takes address space for all of it. */
  reserve(byteLength: number): void {
    this.#reserved += byteLength;
    if (this.#reserved <= MAX_RESERVED) return;
    throw new Refusal(
      "resizable buffers that may grow beyond 4 GiB, taken together, cannot be stored",
      "Store a copy of their bytes, as slice() gives.",
    );
  }

  /** A reference to an object that was met, or one that was not: it is written now. */
  reference(value: object): Json {
    const written = this.#written.get(value);
    if (written !== undefined) return this.#refer(written);
    const node = this.#table.length;
    this.#written.set(value, { holder: this.#table, key: node, node });
    this.#table.push(null);
    this.#table[node] = this.#object(value, 1);
    return this.#to(node);
  }

  /** A reference to an object that only the document has. */
  node(json: Json): Json {
    return this.#to(this.#table.push(json) - 1);
  }

  #json(value: unknown, holder: Json[] | JsonRecord, key: string | number, depth: number): Json {
    switch (typeof value) {
      case "string":
        return isWellFormed(value) ? value : { $string: splitAtLoneSurrogates(value) };
      case "boolean":
        return value;
      case "number":
        return isPlainNumber(value) ? value : { $number: Object.is(value, -0) ? "-0" : String(value) };
      case "undefined":
        return { $undefined: null };
      case "bigint":
        return { $bigint: bigintText(value) };
      case "symbol":
        return symbolTag(value);
      case "object":
        if (value === null) return null;
        return this.#identity(value, holder, key, depth);
      default:
        return refuseFunction(value as () => void);
    }
  }

  #identity(value: object, holder: Json[] | JsonRecord, key: string | number, depth: number): Json {
    const before = this.#written.get(value);
    if (before !== undefined) return this.#refer(before);
    if (depth > MAX_DEPTH) {
      const node = this.#table.push(null) - 1;
      this.#written.set(value, { holder: this.#table, key: node, node });
      this.#waiting.push({ value, node, place: this.#place });
      return this.#to(node);
    }
    const isNode = holder === this.#table;
    const written: Written = { holder, key, node: isNode ? (key as number) : undefined };
    this.#written.set(value, written);
    const json = this.#object(value, depth);
    // It may have been met again inside itself, and so have moved to the table.
    if (isNode || written.node === undefined) return json;
    this.#table[written.node] = json;
    return this.#to(written.node);
  }

  #object(value: object, depth: number): Json {
    if (isProxy(value)) refuseProxy();
    const prototype: object | null = Object.getPrototypeOf(value);
    const definition = this.#classes.ofPrototype(prototype);
    if (definition?.toState !== undefined) return this.#state(value, definition, depth);
    const kind = definition?.kind ?? kindOfPrototype(prototype);
    if (kind === undefined) refuseObject(value, "json");
    const integrity = integrityOf(value);
    const inner = depth + (integrity === undefined ? 0 : 1);
    let json: Json;
    if (definition === undefined) json = this.#content(value, kind, inner, integrity);
    else json = { $class: [definition.name, definition.version, this.#content(value, kind, inner + 2, integrity)] };
    return integrity === undefined ? json : { [integrity]: json };
  }

  #state(value: object, { name, version, toState }: Definition, depth: number): Json {
    const json: Json[] = [];
    this.#states.push({ value, place: this.#place });
    this.put(json, 0, name, depth + 2);
    json.push(version);
    this.put(json, 2, toState!(value), depth + 2, { text: ".toState()" });
    return { $state: json };
  }

  /** An object is made from its state, so that its state cannot lead back to it. */
  #refuseCircularStates(): void {
    if (this.#states.length === 0 || !this.#hasReferences) return;
    const { circular } = dependencyOrder(this.#table);
    for (const { value, place } of this.#states) {
      if (!circular.has(this.#written.get(value)!.node ?? -1)) continue;
      this.#place = place;
      throw new Refusal(
        "an object is part of its own state",
        "What toState() gives must not lead back to the object: it is made from its state when it is read.",
      );
    }
  }

  #content(value: object, kind: WrittenKind, depth: number, integrity: Integrity): Json {
    checkKind(value, kind);
    const keys = kind.extraKeys?.(value) ?? Reflect.ownKeys(value);
    if (keys.length === 0) return kind.write(value, this, depth, integrity);
    const content = kind.write(value, this, depth + 2, integrity);
    return { $with: [content, writeProperties(value, keys, this, depth + 2, integrity)] };
  }

  #refer(written: Written): Json {
    if (written.node === undefined) {
      written.node = this.#table.length;
      const { holder, key } = written;
      // While the object is still being written there is no JSON yet: `#identity` then puts it into the table.
      this.#table.push((holder as JsonRecord)[key] ?? null);
      set(holder, key, this.#to(written.node));
    }
    return this.#to(written.node);
  }

  #to(node: number): Json {
    this.#hasReferences = true;
    return { $node: node };
  }
}

/** Sets an own property, whatever its name: assigning to `__proto__` would change the prototype instead. */
function set(holder: Json[] | JsonRecord, key: string | number, json: Json): void {
  if (key === "__proto__") {
    defineProperty(holder, key, { value: json, enumerable: true, configurable: true, writable: true });
  } else {
    (holder as JsonRecord)[key] = json;
  }
}

/** A BigInt as decimal digits; above 1,024 bits as hexadecimal ones, which are read in linear time. */
function bigintText(value: bigint): string {
  const size = value < 0n ? -value : value;
  if (size >> 1024n === 0n) return String(value);
  return `${value < 0n ? "-" : ""}0x${size.toString(16)}`;
}

function checkKind(value: object, kind: WrittenKind): void {
  try {
    kind.check?.(value);
  } catch {
    const name = classOf(value)?.name ?? "object";
    refusePretender(value, `${/^[AEIOU](?!RL)/.test(name) ? "an" : "a"} ${name}`);
  }
}
