import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "@jest/globals";

const root = join(__dirname, "../src");
const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({ name, text: readFileSync(join(root, name), "utf8") }));

test("no file is over 300 lines", () => {
  const long = files
    .map(({ name, text }) => ({ name, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > 300);
  expect(long).toEqual([]);
});

test("each interface, with its comments, is under 50 lines", () => {
  const long: string[] = [];
  const seen: string[] = [];
  for (const { name, text } of files) {
    for (const [block, title] of text.matchAll(/^(?:export )?interface (\w+)[^\n]*\{\n(?:[^}\n][^\n]*\n|\n)*\}/gm)) {
      seen.push(title!);
      const comment = /\/\*\*(?:(?!\*\/)[^])*\*\/\n$/.exec(text.slice(0, text.indexOf(block)))?.[0] ?? "";
      if ((comment + block).split("\n").length >= 50) long.push(`${name}: ${title}`);
    }
  }
  expect(seen).toEqual(expect.arrayContaining(["StorageDriver", "Codec", "Result", "ResultStoreOptions"]));
  expect(long).toEqual([]);
});

test("no module imports itself by way of others, not even for types", () => {
  const imports = new Map(
    files.map(({ name, text }) => [
      name,
      [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map(([, path]) =>
        relative(root, join(root, dirname(name), path!)),
      ),
    ]),
  );
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) cycles.push([...path.slice(path.indexOf(name)), name].join(" → "));
    if (path.includes(name) || done.has(name)) return;
    for (const next of imports.get(name) ?? []) visit(next, [...path, name]);
    done.add(name);
  };
  for (const name of imports.keys()) visit(name, []);
  expect(imports.size).toBeGreaterThan(30);
  expect(cycles).toEqual([]);
});

test("no module of core reaches for Node or for a package, but for the first-party ones it may load", () => {
  const outside = files.flatMap(({ name, text }) =>
    [...text.matchAll(/(?:\bfrom|\bimport\(|(?<![#\w])require\()\s*"([^."][^"]*)"/g)].map(
      ([, path]) => `${name}: ${path}`,
    ),
  );
  // Those, and their types, which are gone when the program runs.
  const allowed = /^registry\/(?:first-party|block-types)\.ts: @coatcheck\/[a-z0-9-]+$/;
  expect(outside.filter((each) => !allowed.test(each))).toEqual([]);
});
