import { beforeAll, expect, test } from "@jest/globals";
import { json } from "@coatcheck/serializer-json";
import { inWeb, type RunInWeb } from "@coatcheck/test-support";

let run: RunInWeb;
beforeAll(async () => {
  run = await inWeb("@coatcheck/serializer-json", __dirname);
  run(`
    const serializer = api.json();
    const text = (value) => new TextDecoder().decode(serializer.serialize(value));
    const read = (text) => serializer.deserialize(new TextEncoder().encode(text));`);
});

test("there is nothing of Node", () => {
  expect(run("typeof process + typeof Buffer + typeof require")).toBe("undefinedundefinedundefined");
});

test.each([
  ["new Uint8Array([0, 255, 16])"],
  ["Float64Array.from({ length: 100_000 }, (_, index) => index / 3)"],
  ["new Uint8Array()"],
  ["[new Date(0), new Map([[1n, undefined]]), /a/g, Symbol.iterator, -0]"],
  ["[new URL('https://a.example/'), new URLSearchParams('a=1'), new Headers({ a: 'b' })]"],
  ["Object.assign(new Uint8Array(5000), { extra: 1 })"],
  ["Array.from({ length: 1000 }, (_, index) => index)"],
  ["Object.assign(Array.from({ length: 1000 }, (_, index) => index), { extra: 1 })"],
])("%s is written as on Node, and comes back", (code) => {
  const text = run(`text(${code})`);
  // oxlint-disable-next-line no-eval
  const here = (0, eval)(code) as unknown;
  expect(text).toBe(Buffer.from(json().serialize(here) as Uint8Array).toString());
  expect(run(`text(read(${JSON.stringify(text)}))`)).toBe(text);
});

test("base64 that is none is refused", () => {
  for (const bad of ["AAA", "A===", "AB==", "-_-_", "AA AA"]) {
    expect(run(`try { read('{"$bytes":"${bad}"}'); "read" } catch (error) { error.code }`)).toBe("NotDeserializable");
  }
});

test("a Buffer of Node's is a clear error where there is none", () => {
  expect(() => run(`read('{"$buffer":"AAAA"}')`)).toThrow(/this runtime has no Buffer/);
});

test("a value of the runtime that has no kind here is refused", () => {
  expect(() => run("text({ a: [() => {}] })")).toThrow(/^\$\.a\[0\]: a function cannot be stored/);
});
