/** Makers of values of one kind: each call makes a new value, equal to the last. */
export type Values = readonly (() => unknown)[];

/** Ties a knot: gives the value after `tie` has changed it. */
export function tied<T extends object>(value: T, tie: (value: T) => void): T {
  tie(value);
  return value;
}

/** The same object in many places of one value, beside another that is equal to it. */
export function shared(make: () => unknown): () => unknown {
  return () => {
    const one = make();
    return { one, again: one, list: [one, [one]], map: new Map([[1, one]]), other: make() };
  };
}

/** The same, in objects and arrays only. */
export function sharedPlainly(make: () => unknown): () => unknown {
  return () => {
    const one = make();
    return { one, again: one, list: [one, { one }], other: make() };
  };
}

/** An error whose stack is the same each time it is made. */
export function withStack<T extends Error>(error: T): T {
  Object.defineProperty(error, "stack", {
    value: `${error.name}: ${error.message}\n    at conformance (kit.ts:1:1)`,
    writable: true,
    configurable: true,
    enumerable: false,
  });
  return error;
}

/** What this runtime has under a global name, or undefined. */
export function globalNamed<T>(name: string): T | undefined {
  return (globalThis as unknown as Record<string, T | undefined>)[name];
}
