import { arrayBuffer, view, viewTags } from "./binary.ts";
import { boxed, date, map, regexp, set } from "./builtins.ts";
import { classInstance, classState } from "./instances.ts";
import type { ReadKind, WrittenKind } from "./kind.ts";
import { error } from "./native-errors.ts";
import { array, entries, nullPrototype, plainObject } from "./objects.ts";
import { headers, url, urlSearchParams } from "./platform.ts";
import { builtinChain } from "./realm.ts";
import { primitives } from "./primitives.ts";
import { temporal, temporalNames } from "./temporal.ts";
import { frozen, notExtensible, sealed, withProperties } from "./wrappers.ts";

const views = [...viewTags].map(([name, tag]) => ({ name, tag, kind: view(tag, name) }));
const buffer = view("$buffer", "Buffer");

/** How each kind is written, by the names of the classes it inherits from. */
const writtenByChain = new Map<string, WrittenKind>([
  ["Object", plainObject],
  ["Array>Object", array],
  ["Date>Object", date],
  ["Map>Object", map],
  ["Set>Object", set],
  ["RegExp>Object", regexp],
  ["Error>Object", error],
  ["ArrayBuffer>Object", arrayBuffer],
  ...temporalNames.map((name) => [`${name}>Object`, temporal] as const),
  ...["Number", "String", "Boolean", "BigInt", "Symbol"].map((name) => [`${name}>Object`, boxed] as const),
  ...["Eval", "Range", "Reference", "Syntax", "Type", "URI", "Aggregate"].map(
    (name) => [`${name}Error>Error>Object`, error] as const,
  ),
  ...views.map(
    ({ name, kind }) => [name === "DataView" ? "DataView>Object" : `${name}>TypedArray>Object`, kind] as const,
  ),
]);

/** How each kind of the platform is written, by its prototype: these are known in this realm alone. */
const platformClasses: readonly (readonly [string, WrittenKind])[] = [
  ["URL", url],
  ["URLSearchParams", urlSearchParams],
  ["Headers", headers],
  ["DOMException", error],
  ["Buffer", buffer],
];

const writtenByPrototype = new WeakMap<object, WrittenKind>([
  [Object.prototype, plainObject],
  [Array.prototype, array],
]);
for (const [name, kind] of platformClasses) {
  const platformClass = (globalThis as unknown as Record<string, { prototype: object } | undefined>)[name];
  if (platformClass !== undefined) writtenByPrototype.set(platformClass.prototype, kind);
}

/** How objects with that prototype are written, or undefined where they cannot be. */
export function kindOfPrototype(prototype: object | null): WrittenKind | undefined {
  if (prototype === null) return nullPrototype;
  const known = writtenByPrototype.get(prototype);
  if (known !== undefined) return known;
  const kind = writtenByChain.get(builtinChain(prototype) ?? "");
  if (kind !== undefined) writtenByPrototype.set(prototype, kind);
  return kind;
}

/** How each tag is read. */
export const tags: ReadonlyMap<string, ReadKind> = new Map<string, ReadKind>([
  ...Object.entries(primitives),
  ["$entries", entries],
  ["$nullPrototype", nullPrototype],
  ["$with", withProperties],
  ["$class", classInstance],
  ["$state", classState],
  ["$frozen", frozen],
  ["$sealed", sealed],
  ["$closed", notExtensible],
  ["$array", array],
  ["$date", date],
  ["$map", map],
  ["$set", set],
  ["$regexp", regexp],
  ["$boxed", boxed],
  ["$url", url],
  ["$urlSearchParams", urlSearchParams],
  ["$headers", headers],
  ["$temporal", temporal],
  ["$error", error],
  ["$arrayBuffer", arrayBuffer],
  ["$buffer", buffer],
  ...views.map(({ tag, kind }) => [tag, kind] as const),
]);
