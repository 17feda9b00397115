/** The symbols of the language by their names: `iterator`, `asyncIterator`, … They are the same in every realm. */
const byName = new Map<string, symbol>();
const names = new Map<symbol, string>();
for (const name of Object.getOwnPropertyNames(Symbol)) {
  const symbol: unknown = (Symbol as unknown as Record<string, unknown>)[name];
  // What a library added to Symbol may be a registered symbol, or one of its own.
  if (typeof symbol === "symbol" && symbol.description === `Symbol.${name}` && Symbol.keyFor(symbol) === undefined) {
    byName.set(name, symbol);
    names.set(symbol, name);
  }
}

/** The name of a symbol of the language, or undefined where it is none. */
export function wellKnownName(symbol: symbol): string | undefined {
  return names.get(symbol);
}

/** The symbol of that name, or undefined where this runtime has none. */
export function wellKnownSymbol(name: string): symbol | undefined {
  return byName.get(name);
}
