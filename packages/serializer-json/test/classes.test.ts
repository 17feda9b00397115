import { describe, expect, test } from "@jest/globals";
import { ConfigurationError, SerializationError } from "@coatcheck/core";
import { json, type ClassDefinition, type JsonOptions } from "@coatcheck/serializer-json";
import { firstDifference } from "@coatcheck/testing";

class Point {
  x: number;
  y: number;
  declare next?: unknown;
  constructor(x: number, y: number) {
    if (x === undefined) throw new Error("the constructor ran");
    this.x = x;
    this.y = y;
  }
}
class Money {
  readonly #cents: bigint;
  readonly extra: unknown;
  constructor(cents: bigint, extra?: unknown) {
    this.#cents = cents;
    this.extra = extra;
  }
  get cents(): bigint {
    return this.#cents;
  }
}
class Failure extends TypeError {
  code = "E_FAILURE";
}
class Cache extends Map<unknown, unknown> {
  hits = 0;
}
class List extends Array<unknown> {
  label = "list";
}

const money: ClassDefinition<Money, { cents: bigint; extra: unknown }> = {
  class: Money,
  toState: ({ cents, extra }) => ({ cents, extra }),
  fromState: ({ cents, extra }) => new Money(cents, extra),
};
const classes: NonNullable<JsonOptions["classes"]> = [Point, money, Failure, Cache, List];

const text = (value: unknown, options: JsonOptions = { classes }): string =>
  Buffer.from(json(options).serialize(value) as Uint8Array).toString();
const read = (document: string, options: JsonOptions = { classes }): unknown =>
  json(options).deserialize(Buffer.from(document));
const again = (value: unknown, options?: JsonOptions): unknown => read(text(value, options), options);

describe("own properties", () => {
  test("the text is what the documentation shows", () => {
    expect(text(new Point(1, 2))).toBe('{"$class":["Point",1,{"x":1,"y":2}]}');
    expect(text(new Money(5n))).toBe('{"$state":["Money",1,{"cents":{"$bigint":"5"},"extra":{"$undefined":null}}]}');
  });

  test.each<[string, () => unknown]>([
    ["an instance", () => new Point(1, 2)],
    [
      "one with a single property that looks like a tag",
      () => Object.assign(Object.create(Point.prototype) as object, { $x: 1 }),
    ],
    ["one without properties", () => Object.create(Point.prototype) as object],
    [
      "one with symbols and __proto__",
      () =>
        Object.defineProperty(Object.assign(new Point(1, 2), { [Symbol.for("s")]: 1 }), "__proto__", {
          value: 1,
          enumerable: true,
          writable: true,
          configurable: true,
        }),
    ],
    ["a frozen one", () => Object.freeze(new Point(1, NaN))],
    [
      "a cyclic one",
      () => {
        const point = new Point(1, 2);
        point.next = { back: point, list: [point] };
        return point;
      },
    ],
    [
      "a shared one",
      () => {
        const point = new Point(1, 2);
        return [point, { point }, new Map([[point, point]])];
      },
    ],
    ["an error", () => new Failure("x", { cause: new Point(1, 2) })],
    [
      "a Map",
      () => {
        const cache = new Cache([[1, new Point(1, 2)]]);
        cache.set("self", cache);
        return cache;
      },
    ],
    ["an array", () => List.from<unknown>([1, new Point(1, 2), undefined])],
    [
      "many, in a long chain",
      () => {
        let last: unknown;
        for (let i = 0; i < 5000; i++) last = Object.assign(new Point(i, 0), { next: last });
        return last;
      },
    ],
  ])("%s", (_, make) => {
    const value = make();
    expect(firstDifference(again(value), value)).toBeUndefined();
  });
});

describe("toState and fromState", () => {
  test("an instance with private fields", () => {
    expect((again(new Money(7n)) as Money).cents).toBe(7n);
  });

  test("identity is kept, and what fromState is given is whole", () => {
    const shared = { deep: [{ a: 1 }] };
    const one = new Money(1n, shared);
    const [a, b, c] = again([one, one, shared]) as [Money, Money, typeof shared];
    expect(a).toBe(b);
    expect(a.extra).toBe(c);
    const seen: unknown[] = [];
    const watching = {
      ...money,
      fromState: (state: { cents: bigint; extra: unknown }) => {
        seen.push(JSON.parse(JSON.stringify(state.extra)));
        return new Money(state.cents, state.extra);
      },
    };
    // The shared object stands in the table behind the instance that needs it.
    read(text([one, shared, one]), { classes: [watching] });
    expect(seen).toEqual([shared]);
  });

  test("instances may nest in each other's states, 3,000 deep, and refer to an object around them", () => {
    let last = new Money(0n);
    for (let level = 1; level <= 3000; level++) last = new Money(BigInt(level), last);
    let depth = 0;
    for (let at = again(last) as Money; at.extra !== undefined; at = at.extra as Money) depth++;
    expect(depth).toBe(3000);
    const outer: { money?: Money } = {};
    outer.money = new Money(1n, outer);
    const back = again(outer) as typeof outer;
    expect(back.money!.extra).toBe(back);
  });

  test("a state that leads back to its instance is refused, with the path", () => {
    const own: { of?: unknown } = {};
    const circular = new Money(1n, own);
    own.of = circular;
    expect(() => text({ a: [circular] })).toThrow(/^\$\.a\[0\]: an object is part of its own state\. What toState/);
    const one: { of?: unknown } = {};
    const first = new Money(1n, new Money(2n, one));
    one.of = first;
    expect(() => text([first, one])).toThrow(/part of its own state/);
  });

  test("what the functions throw says which and why", () => {
    const failing = {
      ...money,
      toState: () => {
        throw new Error("closed");
      },
    };
    expect(() => text({ m: new Money(1n) }, { classes: [failing] })).toThrow(/^\$\.m: .*closed/);
    const document = text(new Money(1n));
    const bad = {
      ...money,
      fromState: () => {
        throw new Error("no");
      },
    };
    expect(() => read(document, { classes: [bad] })).toThrow(/fromState of the class "Money" failed: no/);
    expect(() => read(document, { classes: [{ ...money, fromState: () => ({}) as Money }] })).toThrow(
      /no instance of it/,
    );
  });
});

describe("versions", () => {
  const old = '{"$class":["Point",1,{"px":1,"py":2}]}';
  const upgrade = (state: { px: number; py: number }, version: number): object => ({
    x: state.px,
    y: state.py,
    version,
  });

  test("another version is upgraded, with its number", () => {
    const value = read(old, { classes: [{ class: Point, version: 2, upgrade }] });
    expect(value).toBeInstanceOf(Point);
    expect(value).toEqual(Object.assign(Object.create(Point.prototype) as object, { x: 1, y: 2, version: 1 }));
    const state = read('{"$state":["Money",1,{"dollars":2}]}', {
      classes: [
        { ...money, version: 3, upgrade: (before: { dollars: number }) => ({ cents: BigInt(before.dollars * 100) }) },
      ],
    });
    expect((state as Money).cents).toBe(200n);
    const list = read('{"$class":["List",1,{"$with":[[1,2],{"title":"x"}]}]}', {
      classes: [{ class: List, version: 2, upgrade: (before: { title: string }) => ({ label: before.title }) }],
    });
    expect(list).toEqual(Object.assign(List.from<unknown>([1, 2]), { label: "x" }));
  });

  test("of an error or an array that this wrote the upgrade is given what was given to it, and it stays what it is", () => {
    const rename = ({ code, label, ...rest }: Record<string, unknown>): object => ({ ...rest, name2: code ?? label });
    const error = new Failure("gone", { cause: "x" });
    const list = Object.assign(List.from<unknown>(["a", "b"]), { label: "l" });
    const newer = [Failure, List].map((made) => ({ class: made, version: 2, upgrade: rename }));
    const [readError, readList] = read(text([error, list]), { classes: newer }) as [Failure, List];
    expect(Object.keys(readError)).toEqual(["name2"]);
    expect(readError).toMatchObject({ message: "gone", cause: "x", stack: error.stack, name2: "E_FAILURE" });
    expect(Object.entries(readList)).toEqual([
      ["0", "a"],
      ["1", "b"],
      ["name2", "l"],
    ]);
  });

  test("without an upgrade it is a clear error", () => {
    expect(() => read(old, { classes: [{ class: Point, version: 2 }] })).toThrow(
      /holds version 1 of the class "Point", and version 2 is registered here\. Register the class with upgrade/,
    );
    expect(() => read(old.replace(",1,{", ",3,{"), { classes: [Point] })).toThrow(/holds version 3/);
    for (const none of ["0", "-1", "1.5"]) {
      expect(() =>
        read(old.replace(",1,{", `,${none},{`), { classes: [{ class: Point, version: 2, upgrade }] }),
      ).toThrow(/is not \[name, version, content\]/);
    }
  });
});

describe("reading", () => {
  test("an unregistered class is a clear error, and nothing of it is made", () => {
    expect(() => read(text(new Point(1, 2)), {})).toThrow(
      /an instance of the class "Point", which is not registered here\. Register it where you read, as in json\(\{ classes/,
    );
    expect(() => read('{"$class":["constructor",1,{}]}', {})).toThrow(SerializationError);
    expect(() => read('{"$class":["__proto__",1,{}]}')).toThrow(SerializationError);
  });

  test("own properties for a class that is registered with a state, and the other way round", () => {
    expect(() => read('{"$class":["Money",1,{}]}')).toThrow(/registered otherwise/);
    expect(() => read('{"$state":["Point",1,{}]}')).toThrow(/registered otherwise/);
  });

  test.each([
    '{"$class":1}',
    '{"$class":["Point"]}',
    '{"$class":["Point","1",{}]}',
    '{"$class":["Point",1,1]}',
    '{"$class":["Point",1,{"$date":null,"x":1}],"y":1}',
    '{"$class":["Point",1,{"$undefined":null}]}',
    '{"$class":["Point",1,{"$node":0}]}',
    '{"$graph":[{"$state":["Money",1,{"$node":0}]}]}',
  ])("%s", (document) => {
    try {
      read(document);
    } catch (error) {
      expect(error).toBeInstanceOf(SerializationError);
      expect((error as SerializationError).code).toBe("NotDeserializable");
    }
  });
});

test.each<[string, unknown, RegExp]>([
  ["no list", { Point }, /is a list/],
  ["no class", [{}], /is a class or/],
  ["a null", [null], /is a class or/],
  ["an arrow function", [() => {}], /without a prototype|without a name/],
  [
    "two of one name",
    [Point, { class: Money, name: "Point", toState: String, fromState: String }],
    /two classes have the name "Point"/,
  ],
  ["one twice", [Point, { class: Point, name: "P" }], /is there twice/],
  ["a built-in", [Map], /is built in/],
  ["no name", [class {}], /without a name/],
  ["a bad version", [{ class: Point, version: 0 }], /whole number/],
  ["an unknown option", [{ class: Point, to: String }], /has no option "to"; known: class, name/],
  ["half of a state", [{ class: Money, toState: String }], /needs both/],
  ["a hook that is none", [{ class: Point, upgrade: 1 }], /upgrade of the class "Point" is a function/],
  [
    "private fields",
    [Money],
    /has the private field or method #cents, which only the class itself can read; give toState and fromState/,
  ],
  ["what is not data", [class Later extends Promise<void> {}], /extends Promise, which is not data/],
])("refused when it is set up: %s", (_, given, message) => {
  expect(() => json({ classes: given as [] })).toThrow(ConfigurationError);
  expect(() => json({ classes: given as [] })).toThrow(message);
});
