/**
 * Values described without JavaScript: what the test vectors hold beside the text. `id` names an object, `same` is that
 * object again.
 */
export type Description =
  | { readonly same: string }
  | { readonly type: "undefined" | "null" }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "number" | "bigint" | "string"; readonly value: string }
  | { readonly type: "string"; readonly units: readonly number[] }
  | { readonly type: "symbol"; readonly registered: string }
  | { readonly type: "symbol"; readonly wellKnown: string }
  | (ObjectDescription & { readonly id?: string; readonly closed?: "closed" | "sealed" | "frozen" });

type Properties = readonly (readonly [key: Description, value: Description, attributes?: readonly string[]])[];
type ObjectDescription = { readonly properties?: Properties } & (
  | { readonly type: "object"; readonly prototype?: null }
  | { readonly type: "array"; readonly length: number; readonly elements: readonly (readonly [number, Description])[] }
  | { readonly type: "date"; readonly milliseconds: string }
  | { readonly type: "map"; readonly entries: readonly (readonly [Description, Description])[] }
  | { readonly type: "set"; readonly items: readonly Description[] }
  | { readonly type: "regexp"; readonly source: string; readonly flags: string; readonly lastIndex?: string }
  | { readonly type: "boxed"; readonly primitive: Description }
  | { readonly type: "url"; readonly href: string }
  | { readonly type: "searchParams" | "headers"; readonly pairs: readonly (readonly [string, string])[] }
  | { readonly type: "searchParams"; readonly of: Description }
  | { readonly type: "buffer"; readonly hex: string; readonly maxByteLength?: number }
  | { readonly type: "bytes"; readonly class: string; readonly hex: string }
  | {
      readonly type: "view";
      readonly class: string;
      readonly buffer: Description;
      readonly byteOffset: number;
      readonly length: number;
    }
  | { readonly type: "error"; readonly class: string; readonly hidden: Readonly<Record<string, Description>> }
);

type Typed<Type> = Extract<Description, { readonly type: Type }>;

const globals = globalThis as unknown as Record<string, new (...args: never[]) => object>;

/** Builds what a description describes. */
export function build(description: Description): unknown {
  const objects = new Map<string, unknown>();
  return one(description);

  function one(each: Description): unknown {
    if ("same" in each) return objects.get(each.same);
    if ("units" in each) return String.fromCharCode(...each.units);
    switch (each.type) {
      case "undefined":
        return undefined;
      case "null":
        return null;
      case "boolean":
        return each.value;
      case "string":
        return each.value;
      case "number":
        return Number(each.value);
      case "bigint":
        return BigInt(each.value);
      case "symbol":
        return "registered" in each
          ? Symbol.for(each.registered)
          : (Symbol as unknown as Record<string, symbol>)[each.wellKnown];
      default:
        return object(each);
    }
  }

  function object(each: Extract<Description, { readonly type: ObjectDescription["type"] }>): object {
    const made = empty(each);
    if (each.id !== undefined) objects.set(each.id, made);
    if (each.type === "map")
      for (const [key, value] of each.entries) (made as Map<unknown, unknown>).set(one(key), one(value));
    if (each.type === "set") for (const item of each.items) (made as Set<unknown>).add(one(item));
    if (each.type === "array") for (const [index, value] of each.elements) (made as unknown[])[index] = one(value);
    if (each.type === "error") hide(made as Error, each);
    for (const [key, value, attributes = []] of each.properties ?? []) {
      Object.defineProperty(made, one(key) as PropertyKey, {
        value: one(value),
        enumerable: !attributes.includes("hidden"),
        writable: !attributes.includes("readonly"),
        configurable: !attributes.includes("fixed"),
      });
    }
    if (each.closed === "frozen") Object.freeze(made);
    if (each.closed === "sealed") Object.seal(made);
    if (each.closed === "closed") Object.preventExtensions(made);
    return made;
  }

  function hide(made: Error, { hidden, class: name }: Typed<"error">): void {
    for (const [key, value] of Object.entries(hidden)) {
      if (name === "DOMException" && (key === "name" || key === "message")) continue;
      Object.defineProperty(made, key, { value: one(value), enumerable: false, writable: true, configurable: true });
    }
    if (!("stack" in hidden)) delete made.stack;
  }

  function empty(each: ObjectDescription): object {
    switch (each.type) {
      case "object":
        return each.prototype === null ? (Object.create(null) as object) : {};
      case "array":
        return Object.assign([], { length: each.length });
      case "date":
        return new Date(Number(each.milliseconds));
      case "map":
        return new Map();
      case "set":
        return new Set();
      case "regexp":
        return Object.assign(new RegExp(each.source, each.flags), { lastIndex: Number(each.lastIndex ?? 0) });
      case "boxed":
        return Object(one(each.primitive)) as object;
      case "url":
        return new URL(each.href);
      case "searchParams":
        return "of" in each
          ? (one(each.of) as URL).searchParams
          : new URLSearchParams(each.pairs.map(([...pair]) => pair));
      case "headers":
        return new Headers(each.pairs.map(([...pair]) => pair));
      case "buffer":
        return bufferOf(each);
      case "bytes":
        return viewOf(each.class, new Uint8Array(Buffer.from(each.hex, "hex")).buffer);
      case "view":
        return viewOf(each.class, one(each.buffer) as ArrayBuffer, each.byteOffset, each.length);
      case "error":
        return errorOf(each);
    }
  }

  function errorOf({ class: name, hidden }: Typed<"error">): object {
    const text = (key: string): string => String(one(hidden[key] ?? { type: "string", value: "" }));
    if (name === "DOMException") return new DOMException(text("message"), text("name"));
    const made =
      name === "AggregateError" ? new AggregateError([]) : (new globals[name]!() as Error & { errors?: unknown });
    delete (made as { errors?: unknown }).errors;
    return made;
  }
}

function bufferOf({ hex, maxByteLength }: Typed<"buffer">): ArrayBuffer {
  const bytes = Buffer.from(hex, "hex");
  const options = maxByteLength === undefined ? undefined : { maxByteLength };
  const made = new (ArrayBuffer as unknown as new (n: number, o?: object) => ArrayBuffer)(bytes.byteLength, options);
  new Uint8Array(made).set(bytes);
  return made;
}

function viewOf(name: string, buffer: ArrayBuffer, offset?: number, length?: number): object {
  if (name === "Buffer") return Buffer.from(buffer, offset, length);
  return new globals[name]!(buffer as never, offset as never, length as never);
}
