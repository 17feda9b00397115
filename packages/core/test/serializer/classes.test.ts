import { describe, expect, test } from "@jest/globals";
import { ConfigurationError, SerializationError } from "@coatcheck/core";
import { type ClassDefinition, ClassRegistry } from "@coatcheck/core/serializer";

class Point {
  x = 1;
}
class Place extends Map<string, Point> {}
class Money {
  readonly #cents: number;
  constructor(cents: number) {
    this.#cents = cents;
  }
  get cents(): number {
    return this.#cents;
  }
}
const money: ClassDefinition<Money, number> = {
  class: Money,
  version: 3,
  upgrade: (state: number, version) => state * 100 ** (3 - version),
  toState: ({ cents }) => cents,
  fromState: (cents) => new Money(cents),
};

const builtins = new Map<object, string>([
  [Object.prototype, "object"],
  [Map.prototype, "map"],
]);
const registry = (classes: readonly unknown[]): ClassRegistry<string> =>
  new ClassRegistry("mine", classes as ClassDefinition[], (prototype) => builtins.get(prototype));

function failure(run: () => unknown): SerializationError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(SerializationError);
    return error as SerializationError;
  }
  throw new Error("It did not throw.");
}

test("a class is found by the prototype of its instances alone, and by its name", () => {
  const classes = registry([Point, { class: Place, name: "place", version: 2 }]);
  expect(classes.ofPrototype(Point.prototype)).toMatchObject({ name: "Point", version: 1, kind: "object" });
  expect(classes.ofPrototype(Place.prototype)).toMatchObject({ name: "place", version: 2, kind: "map" });
  expect(classes.ofPrototype(class extends Point {}.prototype)).toBeUndefined();
  expect(classes.ofPrototype(null)).toBeUndefined();
  expect(classes.find("place", 2)).toBe(classes.ofPrototype(Place.prototype));
  expect(classes.runsCode).toBe(false);
  expect(registry([money]).runsCode).toBe(true);
});

describe("what the bytes name and is not here is an error that says what to do", () => {
  const classes = registry([Point, { class: Place, version: 2 }, money]);
  test.each([
    [
      "Other",
      1,
      'an instance of the class "Other", which is not registered here. Register it where you read, as in mine({ classes: [Other] }).',
    ],
    ["Point", 2, 'version 2 of the class "Point", and version 1 is registered here. Read it with the newer class.'],
    ["Place", 1, 'version 1 of the class "Place", and version 2 is registered here. Register the class with upgrade'],
    ["toString", 1, 'an instance of the class "toString", which is not registered here'],
  ])("%s, version %s", (name, version, message) => {
    expect(failure(() => classes.find(name, version))).toMatchObject({
      code: "NotDeserializable",
      message: expect.stringContaining(message),
    });
  });
});

test("an instance is made of the state of an older version", () => {
  const found = registry([money]).find("Money", 1);
  expect((found.fromState(5, 1) as Money).cents).toBe(50_000);
  expect((found.fromState(5, 3) as Money).cents).toBe(5);
});

test("what the user's functions throw, or give instead of an instance, is an error with its cause", () => {
  const cause = new Error("not today");
  const failing = registry([
    {
      ...money,
      upgrade: () => {
        throw cause;
      },
    },
  ]).find("Money", 1);
  expect(failure(() => failing.fromState(1, 1))).toMatchObject({
    message: 'upgrade of the class "Money" failed: not today. Correct it; the bytes are whole.',
    cause,
  });
  for (const given of [null, 5, {}, new Point()]) {
    const odd = registry([{ ...money, fromState: () => given }]).find("Money", 3);
    expect(failure(() => odd.fromState(1, 3)).message).toMatch(
      /^fromState of the class "Money" gave no instance of it/,
    );
  }
  const none = registry([{ class: Point, version: 2, upgrade: () => 7 }]).find("Point", 1);
  expect(failure(() => none.upgrade(new Point(), {}, 1)).message).toMatch(
    /upgrade of the class "Point" gave no object/,
  );
  expect(failure(() => none.fromState({}, 2)).message).toMatch(
    /was stored by toState\(\), and is read without fromState/,
  );
});

test.each<[string, unknown, RegExp]>([
  ["no list", {}, /classes is a list/],
  ["what is no class", [5], /an entry of classes is a class or/],
  ["two of one name", [Point, { class: Place, name: "Point" }], /two classes have the name "Point"/],
  ["one twice", [Point, { class: Point, name: "P" }], /"P" is there twice/],
  ["no name", [class {}], /a class without a name/],
  ["no version", [{ class: Point, version: 0 }], /whole number from 1 on, not 0/],
  ["an unknown option", [{ class: Point, verison: 2 }], /no option "verison"; known: class, name/],
  ["half of the hooks", [{ class: Point, toState: String }], /needs both toState and fromState/],
  ["what is built in", [Map], /is built in/],
  ["a private field", [Money], /private field or method #cents.*toState and fromState/],
  ["what is no data", [class Later extends Promise<void> {}], /extends Promise, which is not data/],
])("%s is refused when it is set up", (_, classes, message) => {
  const run = (): unknown => registry(classes as unknown[]);
  expect(run).toThrow(ConfigurationError);
  expect(run).toThrow(message);
});
