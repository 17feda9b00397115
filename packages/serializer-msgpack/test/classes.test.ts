import { describe, expect, test } from "@jest/globals";
import { SerializationError } from "@coatcheck/core";
import { type Class, type ClassDefinition, msgpack } from "@coatcheck/serializer-msgpack";
import { firstDifference } from "@coatcheck/testing";

type Classes = readonly (Class | ClassDefinition)[];
const write = (value: unknown, classes: Classes): Uint8Array => msgpack({ classes }).serialize(value) as Uint8Array;
const read = (bytes: Uint8Array, classes: Classes): any => msgpack({ classes }).deserialize(bytes);
const roundTrip = (value: unknown, classes: Classes): any => read(write(value, classes), classes);

function failure(run: () => unknown): SerializationError {
  try {
    run();
  } catch (error) {
    if (error instanceof SerializationError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

let constructed = 0;
class Point {
  x: number;
  y: unknown;
  constructor(x: number, y?: unknown) {
    constructed++;
    this.x = x;
    this.y = y;
  }
  get length(): number {
    return Math.hypot(this.x, Number(this.y));
  }
}
class Tags extends Array<string> {}
class Index extends Map<string, unknown> {
  override set(): this {
    throw new Error("no code of the class runs");
  }
}
class Group extends Set<unknown> {
  label = "g";
}
class Day extends Date {
  zone = "UTC";
}
class HttpError extends TypeError {
  status = 404;
}
class Grid extends Float64Array {}
class Account {
  #balance: number;
  readonly owner: unknown;
  constructor(balance: number, owner: unknown) {
    this.#balance = balance;
    this.owner = owner;
  }
  get balance(): number {
    return this.#balance;
  }
}
const account: ClassDefinition<Account, { balance: number; owner: unknown }> = {
  class: Account,
  toState: ({ balance, owner }) => ({ balance, owner }),
  fromState: ({ balance, owner }) => new Account(balance, owner),
};

describe("registered classes", () => {
  const all = [Point, Tags, Index, Group, Day, HttpError, Grid];
  const index = Object.setPrototypeOf(new Map<string, unknown>([["a", { b: 1 }]]), Index.prototype) as Index;

  test.each([
    ["an instance", () => new Point(1, { a: new Point(2) })],
    ["an array", () => Object.assign(Tags.of("a", "b"), { extra: 1 })],
    ["a sparse array", () => Object.assign(new Tags(), { length: 5, 2: "x" })],
    ["a Map", () => index],
    ["a Set", () => new Group([1, new Group()])],
    ["a Date", () => new Day(5)],
    ["an error", () => new HttpError("not found", { cause: new HttpError("x") })],
    ["a typed array", () => [new Grid(3), new Grid(300)]],
    ["views on one buffer", () => ((buffer) => [new Grid(buffer), new Uint8Array(buffer, 0, 3)])(new ArrayBuffer(16))],
    ["a frozen instance", () => Object.freeze(new Point(1, Object.seal(new Tags())))],
    ["a shared one", () => ((point) => [point, { point }, new Map([[point, point]])])(new Point(1))],
    ["a cyclic one", () => ((point) => Object.assign(point, { y: [point] }))(new Point(1))],
    ["many", () => Array.from({ length: 500 }, (_, x) => new Point(x, x % 2 === 0 ? "even" : undefined))],
    ["10,000 levels", () => Array.from({ length: 10_000 }).reduce<unknown>((inner) => new Point(1, inner), null)],
    [
      "with a hidden property and one under a symbol",
      () => Object.defineProperty(Object.assign(new Point(1), { [Symbol.for("s")]: 1 }), "h", { value: 1 }),
    ],
  ])("%s comes back exactly, and no constructor runs", (_, make) => {
    const value = make();
    const bytes = write(value, all);
    constructed = 0;
    expect(firstDifference(read(bytes, all), value)).toBeUndefined();
    expect(constructed).toBe(0);
  });

  test("methods and getters work on what was read", () => {
    expect(roundTrip(new Point(3, 4), [Point]).length).toBe(5);
  });

  test("an instance that is not registered where it is read is refused by name", () => {
    expect(failure(() => read(write([new Point(1)], [Point]), []))).toMatchObject({
      code: "NotDeserializable",
      message:
        'the value holds an instance of the class "Point", which is not registered here. Register it where you read, as in msgpack({ classes: [Point] }).',
    });
  });

  test("a class that extends a registered one is not registered", () => {
    class Point3 extends Point {}
    expect(failure(() => write(new Point3(1), [Point])).message).toMatch(/the class Point3 cannot be stored/);
    expect(roundTrip(new Point3(1), [Point, Point3])).toBeInstanceOf(Point3);
  });

  test("the name can be another than the class's", () => {
    const bytes = write(new Point(1), [{ class: Point, name: "geometry.point" }]);
    class Renamed {}
    expect(read(bytes, [{ class: Renamed, name: "geometry.point" }])).toBeInstanceOf(Renamed);
  });
});

describe("versions", () => {
  class V2 {
    total = 0;
  }
  const old = write(Object.assign(new Point(3), { y: new Point(1, "inner") }), [Point]);

  test("an older version needs an upgrade", () => {
    expect(failure(() => read(old, [{ class: V2, name: "Point", version: 2 }])).message).toBe(
      'the value holds version 1 of the class "Point", and version 2 is registered here. ' +
        "Register the class with upgrade(state, version), which makes the new state from the old one.",
    );
  });

  test("the upgrade is given the old properties and the version, the inner objects being done", () => {
    const seen: unknown[] = [];
    const upgrade = (state: { x: number; y: unknown }, version: number): object => {
      seen.push([version, Object.keys(state), state.y instanceof V2 ? (state.y as V2).total : state.y]);
      return { total: state.x, kept: state.y };
    };
    const value = read(old, [{ class: V2, name: "Point", version: 3, upgrade }]);
    expect(value).toBeInstanceOf(V2);
    expect(value).toEqual(
      Object.assign(new V2(), { total: 3, kept: Object.assign(new V2(), { total: 1, kept: "inner" }) }),
    );
    expect(seen).toEqual([
      [1, ["x", "y"], "inner"],
      [1, ["x", "y"], 1],
    ]);
  });

  test("a frozen instance is upgraded too, and frozen then", () => {
    const bytes = write(Object.freeze(new Point(1)), [Point]);
    const value = read(bytes, [{ class: V2, name: "Point", version: 2, upgrade: ({ x }: Point) => ({ total: x }) }]);
    expect(value).toEqual(Object.assign(new V2(), { total: 1 }));
    expect(Object.isFrozen(value)).toBe(true);
  });

  test.each<[string, (owner: object) => unknown]>([
    ["inside it", (owner) => [new Account(1, owner)]],
    ["before it", (owner) => [new Account(1, owner), { owner }]],
    ["in a Map inside it", (owner) => [new Account(1, new Map([[{ owner }, new Set([owner])]]))]],
    ["in another instance", (owner) => [new Account(1, Object.assign(new Point(1), { owner }))]],
  ])("what a state holds is upgraded before fromState sees it: %s", (_, make) => {
    const seen: unknown[] = [];
    const look = (value: unknown): void => {
      if (value instanceof V2) seen.push(value.total, (value as { owner?: unknown }).owner);
      else if (value instanceof Map) for (const [key, item] of value) seen.push(key.owner, ...item);
      else seen.push(value);
    };
    const fromState = ({ balance, owner }: { balance: number; owner: unknown }): Account => {
      look(owner);
      return new Account(balance, owner);
    };
    const upgrade = ({ x, ...rest }: Point): object => ({ total: x * 10, ...rest });
    const owner = Object.assign(new Point(5), { y: undefined });
    const value = read(write(make(owner), [Point, account]), [
      { class: V2, name: "Point", version: 2, upgrade },
      { ...account, fromState },
    ]);
    expect(value[0]).toBeInstanceOf(Account);
    const flat = seen.filter((each) => each !== undefined);
    expect(flat.length).toBeGreaterThan(0);
    for (const each of flat) expect(each instanceof V2 ? each.total : each).toBeGreaterThanOrEqual(10);
  });

  test("of an error or an array the upgrade is given what was given to it, and it stays what it is", () => {
    const rename = ({ status, label, ...rest }: Record<string, unknown>): object => ({
      ...rest,
      code: status ?? label,
    });
    const error = Object.assign(new HttpError("gone", { cause: "x" }), { status: 410 });
    const tags = Object.assign(Tags.of("a", "b"), { label: "l" });
    const older = [HttpError, Tags, Grid, Index];
    const newer = older.map((made) => ({ class: made, version: 2, upgrade: rename }));
    const grid = Object.assign(new Grid(2), { label: 1 });
    const index = Object.setPrototypeOf(Object.assign(new Map([["a", 1]]), { label: 2 }), Index.prototype) as Index;
    const [readError, readTags, readGrid, readIndex] = read(write([error, tags, grid, index], older), newer);
    expect(Object.keys(readError)).toEqual(["code"]);
    expect(readError).toMatchObject({ message: "gone", cause: "x", stack: error.stack, code: 410 });
    expect([[...readTags], readTags.code, "label" in readTags]).toEqual([["a", "b"], "l", false]);
    expect([[...readGrid], readGrid.code, [...readIndex], readIndex.code]).toEqual([[0, 0], 1, [["a", 1]], 2]);
  });

  test("a fixed property of an older version goes too, and may come back", () => {
    const bytes = write(Object.defineProperty(new Point(1), "id", { value: 7 }), [Point]);
    const upgrade = (before: { x: number; id: number }): object => ({ total: before.x, id: before.id + 1 });
    const value = read(bytes, [{ class: V2, name: "Point", version: 2, upgrade }]);
    expect(Object.entries(value)).toEqual([
      ["total", 1],
      ["id", 8],
    ]);
  });

  test("an upgrade sees what the others of a cycle had, or have", () => {
    const [parent, child] = [new Point(1), new Point(2)];
    parent.y = child;
    child.y = parent;
    const seen: unknown[] = [];
    const upgrade = (before: { x: number; y: Record<string, unknown> }): object => {
      seen.push(before.y["x"] ?? before.y["total"]);
      return { total: before.x, kept: before.y };
    };
    const value = read(write(parent, [Point]), [{ class: V2, name: "Point", version: 2, upgrade }]);
    expect([value.total, value.kept.total, value.kept.kept === value]).toEqual([1, 2, true]);
    expect(seen).toEqual([1, 2]);
  });

  test("a newer version says so", () => {
    const bytes = write(new Point(1), [{ class: Point, version: 7 }]);
    expect(failure(() => read(bytes, [Point])).message).toMatch(
      /version 7 of the class "Point", and version 1 is registered here\. Read it with the newer class/,
    );
  });

  test("the state of an older version is upgraded before fromState sees it", () => {
    const bytes = write([new Account(5, "ada")], [account]);
    const newer: ClassDefinition = {
      ...account,
      version: 2,
      upgrade: (state: { balance: number; owner: string }, version) => ({
        balance: state.balance * 100,
        owner: `${state.owner} v${version}`,
      }),
    };
    const [value] = read(bytes, [newer]);
    expect([value.balance, value.owner]).toEqual([500, "ada v1"]);
  });
});

describe("toState and fromState", () => {
  const made = (toState: () => unknown): ClassDefinition => ({
    class: Account,
    toState,
    fromState: (state: unknown) => new Account(0, state),
  });

  test.each<[string, (it: any) => unknown, (it: any) => void]>([
    ["a Map grows", (account) => new Map([[1, account]]), (it) => it.set(it.size + 1, 1)],
    ["a Set grows", (account) => new Set([account]), (it) => it.add(it.size)],
    ["an array grows", (account) => [account, 1], (it) => it.push(1)],
    ["an array shrinks", (account) => Array.from({ length: 99 }, () => account), (it) => void it.pop()],
    ["an array with properties grows", (account) => Object.assign([account], { a: 1 }), (it) => it.push(1)],
    ["an array with holes grows", (account) => [account, , 1], (it) => it.push(1)], // oxlint-disable-line no-sparse-arrays
  ])("a value that toState changes is refused, as no bytes could be read: %s", (_, make, change) => {
    const value = make(new Account(1, 2));
    const definition = made(() => change(value));
    const error = failure(() => write([value], [definition]));
    expect(error.path).toBe("$[0]");
    expect(error.reason).toBe("the value changed while it was written");
  });

  test("a value that toState changes once is written as it is then", () => {
    const cache = new Map<unknown, unknown>([[0, new Account(1, 2)]]);
    const definition = made(() => void cache.set("seen", true));
    expect(read(write(cache, [definition]), [definition])).toHaveProperty("size", 2);
    expect(cache.size).toBe(2);
  });

  test("a state that is made for the call is asked for once, and what is shared in it stays shared", () => {
    let calls = 0;
    const definition = made(() => {
      calls++;
      const { buffer } = Uint8Array.of(1, 2, 3, 4);
      const url = new URL("https://a.example/?b=1");
      return [new Uint8Array(buffer), new Uint16Array(buffer), url.searchParams, url];
    });
    const [bytes, numbers, params, url] = roundTrip(new Account(1, 2), [definition]).owner;
    expect(bytes.buffer).toBe(numbers.buffer);
    expect(params).toBe(url.searchParams);
    expect(calls).toBe(1);
  });

  test("an object that stands deep, and so would be read after it, is no part of a state", () => {
    const nested = (levels: number, inner: object): object =>
      Array.from({ length: levels }).reduce<object>((it) => ({ it }), inner);
    for (let levels = 250; levels < 260; levels++) {
      const inner = { name: "inner" };
      const value = [nested(levels, inner), new Account(1, inner)];
      const copies = {
        ...account,
        fromState: ({ balance, owner }: { balance: number; owner: object }) => new Account(balance, { ...owner }),
      };
      if (levels === 255) {
        expect(failure(() => write(value, [copies])).message).toBe(
          "$[1].toState().owner: toState() gives an object that stands 256 levels deep elsewhere in the value. " +
            "Give a copy of it: it has to be whole before the object is made from it, and would be read later.",
        );
      } else expect(roundTrip(value, [copies])[1].owner).toEqual(inner);
    }
  });

  test("carry private fields, identity and what is inside", () => {
    const inner = { name: "ada" };
    const one = new Account(7, inner);
    const value = roundTrip({ one, again: one, inner, nested: new Account(1, new Account(2, [inner])) }, [account]);
    expect(value.one).toBeInstanceOf(Account);
    expect(value.one.balance).toBe(7);
    expect(value.again).toBe(value.one);
    expect(value.one.owner).toBe(value.inner);
    expect(value.nested.owner.owner[0]).toBe(value.inner);
  });

  test("an object in its own state is refused with its path", () => {
    const owner: { account?: Account } = {};
    owner.account = new Account(1, owner);
    const self: unknown[] = [];
    const one = new Account(1, self);
    self.push(one);
    expect(failure(() => write({ one }, [account]))).toMatchObject({
      code: "NotSerializable",
      path: "$.one.toState().owner[0]",
      reason: "an object is part of its own state",
    });
    // An object around it may be in its state.
    const value = roundTrip(owner, [account]);
    expect(value.account.owner).toBe(value);
  });

  test("what a state cannot hold is refused with its path", () => {
    expect(failure(() => write([new Account(1, () => {})], [account])).path).toBe("$[0].toState().owner");
  });

  test("states that are nested too deep are refused, and others are whole when fromState sees them", () => {
    const chain = Array.from({ length: 5000 }).reduce<unknown>((inner) => new Account(1, inner), null);
    expect(failure(() => write(chain, [account])).message).toMatch(/nested deeper than 256 levels/);
    const deep = Array.from({ length: 200 }).reduce<unknown>((inner) => ({ inner }), "end");
    const value = Array.from({ length: 200 }).reduce<unknown>((inner) => [inner], new Account(1, deep));
    let whole = "";
    const classes = [
      {
        ...account,
        fromState: (state: { balance: number; owner: unknown }) => {
          whole = JSON.stringify(state.owner);
          return new Account(state.balance, state.owner);
        },
      },
    ];
    roundTrip(value, classes);
    expect(whole).toBe(JSON.stringify(deep));
  });

  test("a hook that throws is named, with what it threw", () => {
    const cause = new Error("no such owner");
    const throwing = {
      ...account,
      fromState: (): Account => {
        throw cause;
      },
    };
    expect(failure(() => read(write(new Account(1, 2), [account]), [throwing]))).toMatchObject({
      code: "NotDeserializable",
      message: 'fromState of the class "Account" failed: no such owner. Correct it; the bytes are whole.',
      cause,
    });
    const badState = {
      ...account,
      toState: () => {
        throw cause;
      },
    };
    expect(failure(() => write([new Account(1, 2)], [badState]))).toMatchObject({ path: "$[0]", cause });
  });

  test("bytes with a state are not read without fromState", () => {
    class Plain {}
    expect(
      failure(() => read(write(new Account(1, 2), [account]), [{ class: Plain, name: "Account" }])).message,
    ).toMatch(/is read without fromState/);
  });
});

describe("registration is checked", () => {
  class WithMethod {
    #run(): number {
      return 1;
    }
    go(): number {
      return this.#run();
    }
  }
  class Mentions {
    // It has no #private = 1; field.
    color = "#fff";
    text = `#a = 1;`;
  }
  class Waiting extends Promise<unknown> {}

  test.each([
    ["a private field", [Account], /"Account" has the private field or method #balance.*toState and fromState/],
    ["a private method", [WithMethod], /"WithMethod" has the private field or method #run/],
    ["an inherited private field", [class Child extends Account {}], /#balance/],
    ["two of one name", [Point, { class: Tags, name: "Point" }], /two classes have the name "Point"/],
    ["one class twice", [Point, { class: Point, name: "Other" }], /"Other" is there twice/],
    ["a built-in class", [Map], /"Map" is built in/],
    ["what is no data", [Waiting], /"Waiting" extends Promise, which is not data/],
    ["no class", [{}], /an entry of classes is a class or/],
    ["an arrow function", [() => {}], /without a/],
    ["a class without a name", [(() => class {})()], /needs one: \{ class, name \}/],
    ["a version that is none", [{ class: Point, version: 1.5 }], /whole number from 1 on, not 1.5/],
    ["half of the hooks", [{ class: Point, toState: () => 1 }], /both toState and fromState/],
    ["a hook that is none", [{ class: Point, upgrade: 1 }], /upgrade of the class "Point" is a function/],
    ["an unknown option", [{ class: Point, verison: 2 }], /has no option "verison"/],
  ])("%s", (_, classes, message) => {
    expect(() => msgpack({ classes: classes as never })).toThrow(message);
  });

  test("what only looks like a private field is none", () => {
    expect(roundTrip(new Mentions(), [Mentions])).toEqual(new Mentions());
  });
});
