import { beforeAll, expect, test } from "@jest/globals";
import { msgpack } from "@coatcheck/serializer-msgpack";
import { inWeb, type RunInWeb } from "@coatcheck/test-support";

let run: RunInWeb;
beforeAll(async () => {
  run = await inWeb("@coatcheck/serializer-msgpack", __dirname);
  run(`
    const serializer = api.msgpack();
    const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const write = (value) => hex(serializer.serialize(value));
    const read = (text) => serializer.deserialize(Uint8Array.from(text.match(/../g), (byte) => parseInt(byte, 16)));`);
});

test("there is nothing of Node", () => {
  expect(run("typeof process + typeof Buffer + typeof require")).toBe("undefinedundefinedundefined");
});

test.each([
  ["{ a: [1, -1.5, 'Zoë', null, undefined, -0, 2n ** 70n] }"],
  ["[new Date(0), new Map([[1n, undefined]]), new Set(['a']), /a/g, Symbol.iterator]"],
  ["[new URL('https://a.example/?b=1'), new URLSearchParams('a=1'), new Headers({ a: 'b' })]"],
  ["[new Uint8Array(5), Float64Array.from({ length: 1000 }, (_, index) => index / 3)]"],
  ["Object.assign(new Uint8Array(300), { extra: 1 })"],
  ["Object.assign(new Uint8Array(300), { [Symbol.for('extra')]: 1 })"],
  ["Object.defineProperty(new Uint8Array(300), 'extra', { value: 1 })"],
  ["Object.assign(Array.from({ length: 1000 }, (_, index) => index), { extra: 1 })"],
  ["Object.assign(Array.from({ length: 1000 }, (_, index) => index), { [Symbol.for('extra')]: 1 })"],
  ["'x'.repeat(50_000) + 'ß'"],
])("%s is written as on Node, and comes back", (code) => {
  const bytes = run(`write(${code})`);
  // oxlint-disable-next-line no-eval
  const here = (0, eval)(`(${code})`) as unknown;
  expect(bytes).toBe(Buffer.from(msgpack().serialize(here) as Uint8Array).toString("hex"));
  expect(run(`write(read("${bytes as string}"))`)).toBe(bytes);
});

test("a getter in the place of an element is refused", () => {
  const code = "Object.defineProperty([1, 2], 1, { get: () => 1 })";
  expect(() => run(`write({ a: ${code} })`)).toThrow(/^\$\.a\[1\]: the property "1" is a getter or setter/);
});
