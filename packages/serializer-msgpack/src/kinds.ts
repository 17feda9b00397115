import { builtinName, type ClassRegistry, type RegisteredClass } from "@coatcheck/core/serializer";
import type { Encoder } from "./encoder.ts";
import { ERRORS, VIEWS } from "./format.ts";
import { bufferKindOf, bytesReader, arrayBuffer, resizableBuffer, viewKindOf, viewReader } from "./kinds-buffers.ts";
import { boxedKind, boxedReader, date, regexp } from "./kinds-builtins.ts";
import { array, arrayKindOf, map, nullObject, object, set, sparseArray } from "./kinds-containers.ts";
import { domException, error } from "./kinds-errors.ts";
import { headers, linkedSearchParams, searchParamsKindOf, url, urlSearchParams } from "./kinds-platform.ts";
import { temporalKind, temporalReader } from "./kinds-temporal.ts";
import type { ReadKind, WrittenKind } from "./special.ts";

/** Says how a value of one built-in class is written. */
export type KindOf = (encoder: Encoder, value: object) => WrittenKind;
/** The classes whose instances may be written and made. */
export type Classes = ClassRegistry<KindOf>;
/** A class of those. */
export type Definition = RegisteredClass<KindOf>;

const always =
  (kind: unknown): KindOf =>
  () =>
    kind as WrittenKind;

// The most frequent ones, as a WeakMap takes longer to ask than a Date to write.
const mapKind: KindOf = always(map);
const dateKind: KindOf = always(date);

const byName = new Map<string, KindOf>([
  ["Object", always(object)],
  ["Array", (_, value) => arrayKindOf(value)],
  ["Map", mapKind],
  ["Set", always(set)],
  ["Date", dateKind],
  ["RegExp", always(regexp)],
  ["ArrayBuffer", (_, value) => bufferKindOf(value)],
  ["URL", always(url)],
  ["URLSearchParams", searchParamsKindOf],
  ["Headers", always(headers)],
  ["DOMException", always(domException)],
  ...ERRORS.map((name): [string, KindOf] => [name, always(error)]),
  ...["Number", "String", "Boolean", "BigInt", "Symbol"].map((name): [string, KindOf] => [
    name,
    always(boxedKind(name)),
  ]),
  ...VIEWS.map((name): [string, KindOf] => [name, (encoder, value) => viewKindOf(encoder, value, name)]),
]);

const byPrototype = new WeakMap<object, KindOf>();

/** How values of the built-in class with that prototype are written; undefined where it is none, or none that is data. */
export function builtinKind(prototype: object): KindOf | undefined {
  if (prototype === Map.prototype) return mapKind;
  if (prototype === Date.prototype) return dateKind;
  const known = byPrototype.get(prototype);
  if (known !== undefined) return known;
  const name = builtinName(prototype);
  if (name === undefined) return undefined;
  const temporal = byName.has(name) ? undefined : temporalKind(name, prototype);
  const kind = temporal === undefined ? byName.get(name) : always(temporal);
  if (kind !== undefined) byPrototype.set(prototype, kind);
  return kind;
}

/** How an object with that prototype is written, or undefined where it cannot be. */
export function kindOf(encoder: Encoder, value: object, prototype: object | null): WrittenKind | undefined {
  return prototype === null ? nullObject : builtinKind(prototype)?.(encoder, value);
}

/** How the objects of each tag are read. */
export const readers: readonly (ReadKind | undefined)[] = (() => {
  const table: (ReadKind | undefined)[] = [];
  const all: readonly { readonly tag: number }[] = [
    object,
    nullObject,
    array,
    sparseArray,
    map,
    set,
    error,
    domException,
    date,
    regexp,
    boxedReader,
    url,
    urlSearchParams,
    linkedSearchParams,
    headers,
    temporalReader,
    arrayBuffer,
    resizableBuffer,
    bytesReader,
    viewReader,
  ];
  for (const kind of all) table[kind.tag] = kind as ReadKind;
  return table;
})();
