const { getOwnPropertyNames, getOwnPropertySymbols, keys } = Object;
const { ownKeys } = Reflect;
const NONE: readonly PropertyKey[] = [];

/** The own keys of an object that nearly always has none, as a Map. Later versions of V8 say so faster in two steps than in one. */
export function keysOfBare(object: object): readonly PropertyKey[] {
  return getOwnPropertyNames(object).length === 0 && getOwnPropertySymbols(object).length === 0
    ? NONE
    : ownKeys(object);
}

// Once V8 was asked for the enumerable names of one such object, it knows of all that were made alike that they have no names.
for (const bare of [new Map(), new Set(), new Date(0)]) keys(bare);
