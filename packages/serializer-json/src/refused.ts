import { Refusal } from "./refusal.ts";

/** Refuses what is no data, saying what it is and what to do. */
export function refuse(value: object): never {
  if (typeof value === "function") refuseFunction(value);
  const name = classNameOf(value);
  if (name === "") {
    throw new Refusal(
      "an object whose prototype is no class cannot be stored",
      "Copy it into a plain object, as in { ...object }.",
    );
  }
  const hint = HINTS.get(name);
  if (hint !== undefined) throw new Refusal(`${/^[AEIOU]/.test(name) ? "an" : "a"} ${name} cannot be stored`, hint);
  throw new Refusal(
    `an instance of the class ${shown(name)} cannot be stored: the class is not registered`,
    `Register it where you write and where you read, as in json({ classes: [${shown(name)}] }), or store a plain object with its data.`,
  );
}

function refuseFunction(value: object): never {
  const what = /^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "function";
  const name: unknown = Object.getOwnPropertyDescriptor(value, "name")?.value;
  throw new Refusal(
    typeof name === "string" && name !== ""
      ? `the ${what} ${shown(name)} cannot be stored`
      : `a ${what} cannot be stored`,
    `A ${what} is code, and only data is stored: leave it out, or store the data it works on.`,
  );
}

const INTL = "Store the locale and the options it was made with.";
const RUNNING = "Leave it out: it belongs to what is running now.";
const CONNECTION = "Leave it out: it is a connection, not data.";
const STREAM = "Store the stream as the whole result, or its bytes.";

const HINTS: ReadonlyMap<string, string> = new Map([
  ["Promise", "Await it, and store what it gives."],
  ["WeakRef", "Store what it refers to."],
  ["WeakMap", "What it holds cannot be listed; store a Map."],
  ["WeakSet", "What it holds cannot be listed; store a Set."],
  ["FinalizationRegistry", RUNNING],
  ["Generator", "Store the list of what it yields, as in [...generator]."],
  ["AsyncGenerator", "Store the list of what it yields."],
  ["Iterator", "Store the list of what it yields, as in [...iterator]."],
  ["Blob", "Store its bytes: new Uint8Array(await blob.arrayBuffer())."],
  ["File", "Store its name and its bytes: new Uint8Array(await file.arrayBuffer())."],
  ["FormData", "Store its entries, as in [...formData]."],
  ["Request", "Store its url, method, headers and body as data."],
  ["Response", "Store its status, headers and body as data: await response.text()."],
  ["ReadableStream", STREAM],
  ["Readable", STREAM],
  ["WritableStream", CONNECTION],
  ["TransformStream", CONNECTION],
  ["AbortController", RUNNING],
  ["AbortSignal", RUNNING],
  ["SharedArrayBuffer", "Store a copy of its bytes: new Uint8Array(shared).slice()."],
  ["Locale", "Store its text: String(locale)."],
  ...[
    "Collator",
    "DateTimeFormat",
    "DisplayNames",
    "DurationFormat",
    "ListFormat",
    "NumberFormat",
    "PluralRules",
    "RelativeTimeFormat",
    "Segmenter",
  ].map((name): [string, string] => [name, INTL]),
]);

/** The name of the class that made an object, found without running any code of it; empty where there is none. */
function classNameOf(value: object): string {
  for (let at: object | null = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) {
    // Generators have no class of their own; a prototype of theirs carries the name as a tag.
    const tag: unknown = Object.getOwnPropertyDescriptor(at, Symbol.toStringTag)?.value;
    if (tag === "Generator" || tag === "AsyncGenerator") return tag;
    const constructor: unknown = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
    if (typeof constructor === "function") {
      const name: unknown = Object.getOwnPropertyDescriptor(constructor, "name")?.value;
      return typeof name === "string" && constructor !== Object ? name : "";
    }
  }
  return "";
}

/** A name for a message, cut short. */
export function shown(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}
