import { describe, expect, test } from "@jest/globals";
import { ConfigurationError, SerializationError } from "@coatcheck/core";
import jsonPlugin, { json } from "@coatcheck/serializer-json";

const decode = (bytes: Uint8Array | Promise<Uint8Array>): string => Buffer.from(bytes as Uint8Array).toString();
const text = (value: unknown): string => decode(json().serialize(value));
const read = (document: string): unknown => json().deserialize(Buffer.from(document));

test("plain values are plain JSON, as JSON.stringify writes it", () => {
  const value = { a: [1, "x\u2028é", null, true, 1e21], b: { c: 1.5, "odd key": [] }, 2: {} };
  expect(text(value)).toBe(JSON.stringify(value));
});

test("one value that needs a tag changes nothing beside it", () => {
  expect(text({ at: new Date(0), rows: [{ id: 1 }] })).toBe(
    '{"at":{"$date":"1970-01-01T00:00:00.000Z"},"rows":[{"id":1}]}',
  );
});

test("the error for a function says what, where, and what to do", () => {
  const write = (): unknown => text({ users: [{}, {}, {}, { callback: () => {} }] });
  expect(write).toThrow(
    "$.users[3].callback: the function callback cannot be stored. A function is code, and only data is stored: leave it out, or store the data it works on.",
  );
});

test("text that somebody else wrote is read too", () => {
  expect(read(' { "a" : [ 1 , { "\\u0024date" : "1970-01-01T00:00:00.000Z" } ] }\n')).toEqual({ a: [1, new Date(0)] });
  expect(read('{"$schema":"https://json-schema.org","type":"object"}')).toEqual({
    $schema: "https://json-schema.org",
    type: "object",
  });
  expect(() => read('{"$ref":"#/definitions/a"}')).toThrow(/the tag "\$ref", which this version does not know/);
});

test("deserialize does not keep the bytes", () => {
  const bytes = Buffer.from('{"$bytes":"AQID"}');
  const value = json().deserialize(bytes);
  bytes.fill(0);
  expect(value).toEqual(new Uint8Array([1, 2, 3]));
});

describe("implementation", () => {
  test("writes and reads in place of JSON", () => {
    const calls: string[] = [];
    const serializer = json({
      implementation: {
        parse: (document) => (calls.push("parse"), JSON.parse(document) as unknown),
        stringify: (value) => (calls.push("stringify"), JSON.stringify(value, null, 2)),
      },
    });
    const value = { a: [new Date(0)], b: "\ud800" };
    const bytes = serializer.serialize(value) as Uint8Array;
    expect(decode(bytes)).toContain('\n  "a": [\n');
    expect(serializer.deserialize(bytes)).toEqual(value);
    expect(calls).toContain("parse");
    expect(calls).toContain("stringify");
  });

  test("one that does not escape lone surrogates loses none", () => {
    const raw = (value: unknown): string =>
      JSON.stringify(value).replace(/\\u(d[89a-f]..)/g, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
    const serializer = json({
      implementation: { parse: (document) => JSON.parse(document) as unknown, stringify: raw },
    });
    expect(serializer.deserialize(serializer.serialize(["a\ud800"]) as Uint8Array)).toEqual(["a\ud800"]);
  });

  test("is given trees of plain values only", () => {
    const seen: unknown[] = [];
    const serializer = json({
      implementation: { parse: JSON.parse, stringify: (value) => (seen.push(value), JSON.stringify(value)) },
    });
    void serializer.serialize({ a: new Map([[1n, undefined]]), b: NaN });
    expect(seen.at(-1)).toEqual({ a: { $map: [[{ $bigint: "1" }, { $undefined: null }]] }, b: { $number: "NaN" } });
  });

  test("what it throws comes through when writing, and is an error of the text when reading", () => {
    const fail = (): never => {
      throw new Error("broken");
    };
    const serializer = json({ implementation: { parse: fail, stringify: fail } });
    expect(() => serializer.serialize(1)).toThrow("broken");
    expect(() => serializer.deserialize(Buffer.from("1"))).toThrow(SerializationError);
    const silent = json({ implementation: { parse: JSON.parse, stringify: () => undefined as unknown as string } });
    expect(() => silent.serialize(1)).toThrow(/gave no text/);
  });
});

test.each<[string, unknown]>([
  ["an unknown option", { indent: 2 }],
  ["an implementation that is none", { implementation: 1 }],
  ["half an implementation", { implementation: { parse: JSON.parse } }],
  ["no options", null],
])("refused when it is set up: %s", (_, options) => {
  expect(() => json(options as object)).toThrow(ConfigurationError);
});

test("the plugin opens the serializer by its name", async () => {
  expect(jsonPlugin).toMatchObject({ api: 1, kind: "serializer", type: "json" });
  const serializer = await jsonPlugin.open({}, { origin: "json" });
  expect(serializer.type).toBe("json");
  expect(serializer.describe?.() ?? { type: serializer.type }).toEqual({ type: "json" });
});
