import type { Json } from "./kind.ts";
import { Refusal } from "./refusal.ts";
import { isWellFormed, splitAtLoneSurrogates } from "./text.ts";

/** The symbols of the language, by their names: `iterator`, `asyncIterator`, … They are the same in every realm. */
const wellKnown = new Map<string, symbol>();
const names = new Map<symbol, string>();
for (const name of Object.getOwnPropertyNames(Symbol)) {
  const symbol: unknown = (Symbol as unknown as Record<string, unknown>)[name];
  // What a library added to Symbol may be a registered symbol, or one of its own.
  if (typeof symbol === "symbol" && symbol.description === `Symbol.${name}` && Symbol.keyFor(symbol) === undefined) {
    wellKnown.set(name, symbol);
    names.set(symbol, name);
  }
}

/** A symbol as a tag; refused where no other process has it. */
export function symbolTag(symbol: symbol): Json {
  const key = Symbol.keyFor(symbol);
  if (key !== undefined) return { $symbol: isWellFormed(key) ? key : { $string: splitAtLoneSurrogates(key) } };
  const name = names.get(symbol);
  if (name !== undefined) return { $wellKnownSymbol: name };
  throw new Refusal(
    `${symbol.toString()} is a symbol that only this process has`,
    "Use Symbol.for(name), which is the same in every process, or a string.",
  );
}

/** The well-known symbol of that name, or undefined where this runtime has none. */
export function wellKnownSymbol(name: string): symbol | undefined {
  return wellKnown.get(name);
}
