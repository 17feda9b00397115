const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const sourceOf = Function.prototype.toString;

/**
 * The names of the built-in classes whose prototypes these are, from `prototype` up, as in `TypeError>Error>Object`, in
 * whichever realm they were made: a `node:vm` context and an iframe have a Map of their own. Undefined where a class
 * among them is no built-in one. It says what the prototypes are, not what an object is: whoever goes by it checks the
 * object itself.
 */
export function builtinChain(prototype: object): string | undefined {
  const names: string[] = [];
  let skipped = false;
  for (let at: object | null = prototype; at !== null; at = getPrototypeOf(at)) {
    const property = getOwnPropertyDescriptor(at, "constructor");
    // Node puts prototypes whose `constructor` is a getter between its own errors and TypeError.
    if (property?.get !== undefined) {
      skipped = true;
      continue;
    }
    const constructor: unknown = property?.value;
    if (typeof constructor !== "function" || constructor.prototype !== at || !isNative(constructor)) return undefined;
    names.push(constructor.name);
    if (names.length > 4) return undefined;
  }
  if (skipped && !names.includes("Error")) return undefined;
  return names.join(">");
}

function isNative(constructor: { readonly name: string }): boolean {
  return sourceOf.call(constructor as unknown as () => void) === `function ${constructor.name}() { [native code] }`;
}
