import { SerializationError, type Serializer } from "@coatcheck/core";

/** A value, or where the object that it is stands among the nodes. */
export type Reference =
  | readonly [kind: "value", value: unknown]
  | readonly [kind: "special", text: string]
  | readonly [kind: "node", index: number];

/** An object without the objects in it. */
export type Node = readonly [kind: string, ...content: unknown[]];

/**
 * A small serializer that is right, to be broken: graphs of plain objects, arrays, Maps, Sets, Dates, RegExps and
 * Uint8Arrays as JSON. All else is refused.
 */
export class GraphSerializer implements Serializer {
  readonly type: string = "graph";
  protected nodes: Node[] = [];
  protected indexes: Map<object, number> = new Map();

  serialize(value: unknown): Uint8Array | Promise<Uint8Array> {
    this.reset();
    const queue: [object, string, number][] = [];
    const root = this.reference(value, "$", queue);
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [object, path, index] = next;
      this.nodes[index] = this.node(object, path, queue);
    }
    return new TextEncoder().encode(this.text({ root, nodes: this.nodes }));
  }

  deserialize(bytes: Uint8Array): unknown {
    try {
      const { root, nodes } = this.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
      const shells = nodes.map((node) => this.shell(node));
      const value = (reference: Reference): unknown => this.value(reference, shells);
      for (const [index, node] of nodes.entries()) this.fill(shells[index]!, node, value);
      return value(root);
    } catch (cause) {
      throw this.unreadable(cause);
    }
  }

  protected reset(): void {
    this.nodes = [];
    this.indexes = new Map();
  }

  protected text(document: { readonly root: Reference; readonly nodes: readonly Node[] }): string {
    return JSON.stringify(document);
  }

  protected parse(text: string): { readonly root: Reference; readonly nodes: readonly Node[] } {
    return JSON.parse(text) as { root: Reference; nodes: Node[] };
  }

  protected unreadable(cause: unknown): unknown {
    return new SerializationError({ code: "NotDeserializable", reason: "the bytes are no graph", cause });
  }

  protected refuse(path: string, reason: string): never {
    throw new SerializationError({ code: "NotSerializable", path, reason });
  }

  protected reference(value: unknown, path: string, queue: [object, string, number][]): Reference {
    if (value === null || typeof value === "boolean" || typeof value === "string") return ["value", value];
    if (typeof value === "number") {
      return Number.isFinite(value) && !Object.is(value, -0)
        ? ["value", value]
        : ["special", Object.is(value, -0) ? "-0" : String(value)];
    }
    if (value === undefined) return ["special", "undefined"];
    if (typeof value === "bigint") return ["special", `${value}n`];
    if (typeof value !== "object") this.refuse(path, `a ${typeof value} is no data`);
    const known = this.indexes.get(value);
    if (known !== undefined) return ["node", known];
    const index = this.indexes.size;
    this.indexes.set(value, index);
    queue.push([value, path, index]);
    return ["node", index];
  }

  protected node(object: object, path: string, queue: [object, string, number][]): Node {
    const prototype: unknown = Object.getPrototypeOf(object);
    const inside = (value: unknown, at: string): Reference => this.reference(value, at, queue);
    if (prototype === Date.prototype) return this.bare(object, path, ["date", Date.prototype.getTime.call(object)]);
    if (prototype === RegExp.prototype) {
      const { source, flags, lastIndex } = object as RegExp;
      return this.bare(object, path, ["regexp", source, flags, lastIndex], 1);
    }
    if (prototype === Map.prototype) {
      const entries = [...(object as Map<unknown, unknown>)];
      return this.bare(object, path, [
        "map",
        entries.map(([key, value], at) => [inside(key, `${path}<key ${at}>`), inside(value, `${path}<value ${at}>`)]),
      ]);
    }
    if (prototype === Set.prototype) {
      return this.bare(object, path, [
        "set",
        [...(object as Set<unknown>)].map((value, at) => inside(value, `${path}<${at}>`)),
      ]);
    }
    if (prototype === Uint8Array.prototype) {
      const bytes = object as Uint8Array;
      if (this.indexes.has(bytes.buffer)) this.refuse(path, "its buffer is shared");
      this.indexes.set(bytes.buffer, this.indexes.size);
      this.nodes[this.indexes.size - 1] = ["date", 0];
      return this.bare(object, path, ["bytes", [...bytes]], bytes.byteLength);
    }
    if (prototype !== Object.prototype && prototype !== Array.prototype) this.refuse(path, "it is no plain object");
    if (!Object.isExtensible(object)) this.refuse(path, "it is closed");
    return this.properties(object, path, inside);
  }

  /** A built-in object, as long as it has no properties of its own. */
  protected bare(object: object, path: string, node: Node, own = 0): Node {
    if (Reflect.ownKeys(object).length !== own) this.refuse(path, "it has properties of its own");
    if (!Object.isExtensible(object)) this.refuse(path, "it is closed");
    return node;
  }

  protected properties(object: object, path: string, inside: (value: unknown, path: string) => Reference): Node {
    const keys = Reflect.ownKeys(object);
    const isArray = Array.isArray(object);
    if (isArray && keys.length !== object.length + 1) this.refuse(path, "it has holes or properties");
    const entries: [string, Reference][] = [];
    for (const key of keys) {
      if (isArray && key === "length") continue;
      if (typeof key === "symbol") this.refuse(path, "it has a symbol for a key");
      const at = isArray
        ? `${path}[${key}]`
        : /^[\w$]+$/.test(key)
          ? `${path}.${key}`
          : `${path}[${JSON.stringify(key)}]`;
      const property = Object.getOwnPropertyDescriptor(object, key)!;
      const isData = "value" in property && property.enumerable && property.writable && property.configurable;
      if (isData !== true) this.refuse(at, "it is hidden, readonly or a getter");
      entries.push([key, inside(property.value, at)]);
    }
    return isArray ? ["array", entries.map(([, reference]) => reference)] : ["object", entries];
  }

  protected shell([kind, ...content]: Node): object {
    switch (kind) {
      case "date":
        return new Date((content[0] as number | null) ?? NaN);
      case "regexp":
        return Object.assign(new RegExp(content[0] as string, content[1] as string), { lastIndex: Number(content[2]) });
      case "map":
        return new Map();
      case "set":
        return new Set();
      case "bytes":
        return new Uint8Array(content[0] as number[]);
      case "array":
        return [];
      case "object":
        return {};
      default:
        throw new TypeError(`there is no kind ${kind}`);
    }
  }

  protected value([kind, value]: Reference, shells: readonly object[]): unknown {
    if (kind === "value") return value;
    if (kind === "node") return shells[value];
    if (value === "undefined") return undefined;
    return String(value).endsWith("n") ? BigInt(String(value).slice(0, -1)) : Number(value);
  }

  protected fill(shell: object, [kind, content]: Node, value: (reference: Reference) => unknown): void {
    if (kind === "array") for (const each of content as Reference[]) (shell as unknown[]).push(value(each));
    if (kind === "set") for (const each of content as Reference[]) (shell as Set<unknown>).add(value(each));
    if (kind === "map") {
      for (const [key, each] of content as [Reference, Reference][]) {
        (shell as Map<unknown, unknown>).set(value(key), value(each));
      }
    }
    if (kind === "object")
      for (const [key, each] of content as [string, Reference][]) this.assign(shell, key, value(each));
  }

  protected assign(shell: object, key: string, value: unknown): void {
    Object.defineProperty(shell, key, { value, enumerable: true, writable: true, configurable: true });
  }
}
