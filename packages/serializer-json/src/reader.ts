import { notDeserializable } from "@coatcheck/core/serializer";
import type { Json, JsonRecord } from "./kind.ts";
import { type Classes, tags } from "./kinds.ts";
import { dependencyOrder } from "./order.ts";
import { define } from "./properties.ts";
import { MAX_RESERVED } from "./limits.ts";
import { tagOf } from "./tag.ts";

/** How deep documents with tags may be nested: ours never exceed 64. */
const MAX_READ_DEPTH = 1000;

/**
 * Reads what {@link Writer} wrote, from the tree that the JSON parser gave; the tree's own objects and arrays become the
 * values. Objects of the table are made before any is filled, so that cycles can be tied.
 */
export class Reader {
  readonly classes: Classes;
  readonly #table: readonly Json[];
  readonly #made = new Map<number, unknown>();
  readonly #making = new Set<number>();
  #reserved = 0;

  private constructor(table: readonly Json[], classes: Classes) {
    this.#table = table;
    this.classes = classes;
  }

  /** The value of a whole document. */
  static document(json: Json, classes: Classes): unknown {
    const table = graphOf(json);
    if (table === undefined) return new Reader([], classes).read(json, 0);
    const reader = new Reader(table, classes);
    if (classes.runsCode) {
      // What a function of the user's is given is to be whole.
      for (const node of dependencyOrder(table).nodes) reader.fill(reader.#node(node), table[node]!, 0);
    } else {
      for (const node of table.keys()) reader.#node(node);
      for (const [node, each] of table.entries()) reader.fill(reader.#made.get(node), each, 0);
    }
    return reader.#made.get(0);
  }

  /** The value of a part of the document. */
  read(json: Json, depth: number): unknown {
    if (typeof json !== "object" || json === null) return json;
    if (depth > MAX_READ_DEPTH) throw notDeserializable(`it is nested more than ${MAX_READ_DEPTH} levels deep`);
    const tag = tagOf(json);
    if (tag === undefined) {
      this.#fillPlain(json, depth);
      return json;
    }
    if (tag === "$node") return this.#node((json as JsonRecord)["$node"]!);
    const value = this.make(json);
    this.fill(value, json, depth);
    return value;
  }

  /** Takes address space for a buffer that may grow, of which no document gets more than a little. */
  reserve(byteLength: number): void {
    this.#reserved += byteLength;
    if (this.#reserved > MAX_RESERVED) throw notDeserializable("its resizable buffers may grow beyond 4 GiB");
  }

  /** The object of that number in the table, perhaps still to be filled. */
  #node(node: Json): unknown {
    const json = typeof node === "number" ? this.#table[node] : undefined;
    if (json === undefined) throw notDeserializable('a "$node" names no entry of the table');
    const index = node as number;
    const before = this.#made.get(index);
    if (before !== undefined || this.#made.has(index)) return before;
    if (this.#making.has(index)) throw notDeserializable("an object is part of what it is made from");
    this.#making.add(index);
    const made = this.make(json);
    this.#making.delete(index);
    this.#made.set(index, made);
    return made;
  }

  /** The first step: the value that `json` stands for, without what may refer back to it. */
  make(json: Json): unknown {
    const tag = typeof json === "object" && json !== null ? tagOf(json) : undefined;
    if (tag === undefined) return json;
    if (tag.startsWith("$$")) return {};
    if (tag === "$node") throw notDeserializable("a reference stands where an object itself has to");
    const kind = tags.get(tag);
    if (kind === undefined) {
      throw notDeserializable(`it holds the tag ${JSON.stringify(tag.slice(0, 40))}, which this version does not know`);
    }
    return kind.make((json as JsonRecord)[tag]!, this);
  }

  /** The second step: what was left out. */
  fill(value: unknown, json: Json, depth: number): void {
    if (typeof json !== "object" || json === null) return;
    const tag = tagOf(json);
    if (tag === undefined) this.#fillPlain(json, depth);
    else if (tag.startsWith("$$")) {
      define(value as object, tag.slice(1), this.read((json as JsonRecord)[tag]!, depth + 1));
    } else {
      tags.get(tag)!.fill?.(value, (json as JsonRecord)[tag]!, this, depth + 1);
    }
  }

  #fillPlain(json: Json[] | JsonRecord, depth: number): void {
    if (Array.isArray(json)) {
      for (let index = 0; index < json.length; index++) {
        const each = json[index]!;
        if (typeof each === "object" && each !== null) json[index] = this.read(each, depth + 1) as Json;
      }
      return;
    }
    for (const name of Object.keys(json)) {
      const each = json[name]!;
      if (typeof each !== "object" || each === null) continue;
      const read = this.read(each, depth + 1);
      if (read !== each) define(json, name, read);
    }
  }
}

function graphOf(json: Json): readonly Json[] | undefined {
  if (typeof json !== "object" || json === null || tagOf(json) !== "$graph") return undefined;
  const table = (json as JsonRecord)["$graph"];
  if (!Array.isArray(table) || table.length === 0) throw notDeserializable('the argument of "$graph" is not a table');
  return table;
}
