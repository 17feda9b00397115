import { builtinName, type ClassRegistry, type RegisteredClass } from "@coatcheck/core/serializer";
import { arrayBuffer, view, viewTags } from "./binary.ts";
import { boxed, boxedKind, date, map, regexp, set } from "./builtins.ts";
import { classInstance, classState } from "./instances.ts";
import type { ReadKind, WrittenKind } from "./kind.ts";
import { error, errorNames } from "./native-errors.ts";
import { array, entries, nullPrototype, plainObject } from "./objects.ts";
import { headers, url, urlSearchParams } from "./platform.ts";
import { primitives } from "./primitives.ts";
import { temporal, temporalNames } from "./temporal.ts";
import { frozen, notExtensible, sealed, withProperties } from "./wrappers.ts";

const views = [...viewTags].map(([name, tag]) => ({ name, tag, kind: view(tag, name) }));
const buffer = view("$buffer", "Buffer");

/** How each kind is written, by the name of its built-in class. */
const writtenByName = new Map<string, WrittenKind>([
  ["Object", plainObject],
  ["Array", array],
  ["Date", date],
  ["Map", map],
  ["Set", set],
  ["RegExp", regexp],
  ["ArrayBuffer", arrayBuffer],
  ["URL", url],
  ["URLSearchParams", urlSearchParams],
  ["Headers", headers],
  ["Buffer", buffer],
  ...["DOMException", ...errorNames].map((name) => [name, error] as const),
  ...temporalNames.map((name) => [name, temporal] as const),
  ...(["Number", "String", "Boolean", "BigInt", "Symbol"] as const).map((name) => [name, boxedKind(name)] as const),
  ...views.map(({ name, kind }) => [name, kind] as const),
]);

const writtenByPrototype = new WeakMap<object, WrittenKind>();

/** The classes whose instances are written and made. */
export type Classes = ClassRegistry<WrittenKind>;
/** A class of those. */
export type Definition = RegisteredClass<WrittenKind>;

/** How objects with that prototype are written, or undefined where they cannot be. */
export function kindOfPrototype(prototype: object | null): WrittenKind | undefined {
  if (prototype === null) return nullPrototype;
  const known = writtenByPrototype.get(prototype);
  if (known !== undefined) return known;
  const kind = writtenByName.get(builtinName(prototype) ?? "");
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
