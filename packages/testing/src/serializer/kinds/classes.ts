import { tied, type Values } from "./kind.ts";

/** Kinds of instances of the kit's own classes, which `open` is given. */
export type ClassKind =
  | "instances of a registered class"
  | "instances of a registered class, in cycles and shared"
  | "instances of a subclass of Array"
  | "instances of a subclass of Map"
  | "instances of a subclass of Set"
  | "instances of a subclass of Date";

/** A class, whatever its constructor takes. */
export type AnyClass = abstract new (...args: never[]) => object;

class ConformancePoint {
  x: unknown;
  y: unknown;
  constructor(x: unknown, y: unknown) {
    this.x = x;
    this.y = y;
  }
}
class ConformanceList extends Array<unknown> {}
class ConformanceMap extends Map<unknown, unknown> {}
class ConformanceSet extends Set<unknown> {}
class ConformanceDate extends Date {}

/** The classes to register with a serializer that can. */
export const conformanceClasses: readonly AnyClass[] = [
  ConformancePoint,
  ConformanceList,
  ConformanceMap,
  ConformanceSet,
  ConformanceDate,
];

const point = (x: unknown, y: unknown = 0): ConformancePoint => new ConformancePoint(x, y);

/** Values of these kinds. */
export const classes: Readonly<Record<ClassKind, Values>> = {
  "instances of a registered class": [
    () => point(1, 2),
    () => [point("a", undefined), point(new Date(1), new Map())],
    () => ({ a: Object.assign(point({ b: point(1) }), { extra: true }) }),
  ],
  "instances of a registered class, in cycles and shared": [
    () => tied(point(1), (value) => (value.x = value)),
    () => ((one) => [one, one, { one }, point(one)])(point(1)),
    () => ({ a: tied(point([]), (value) => (value.x as unknown[]).push({ value })) }),
  ],
  "instances of a subclass of Array": [
    () => ConformanceList.of(1, 2, 3),
    () => [ConformanceList.of(), ConformanceList.of(ConformanceList.of("a"))],
    () => ({ a: Object.assign(ConformanceList.of(1), { name: "x" }) }),
  ],
  "instances of a subclass of Map": [
    () => new ConformanceMap([[1, 2]]),
    () => [new ConformanceMap(), new Map()],
    () => ({ a: tied(new ConformanceMap(), (value) => value.set("self", value)) }),
  ],
  "instances of a subclass of Set": [
    () => new ConformanceSet([1, "a"]),
    () => [new ConformanceSet(), new Set()],
    () => ({ a: tied(new ConformanceSet(), (value) => value.add(value)) }),
  ],
  "instances of a subclass of Date": [
    () => new ConformanceDate(5),
    () => [new ConformanceDate(NaN), new Date(5)],
    () => ({ a: Object.assign(new ConformanceDate(5), { zone: "x" }) }),
  ],
};
