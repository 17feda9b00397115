import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { json } from "@coatcheck/serializer-json";
import { kinds } from "./corpus.ts";
import { firstDifference } from "@coatcheck/testing";

/**
 * Each file holds what one version of the format wrote, by kind. Every later version has to read it: files are added,
 * with COATCHECK_GOLDEN=<name of the file>, and never changed.
 */
const folder = join(__dirname, "golden");

type Golden = Readonly<Record<string, readonly (string | null)[]>>;

const serializer = json();
const write = (value: unknown): string => Buffer.from(serializer.serialize(value) as Uint8Array).toString();
const makers = new Map(kinds.map(([name, ...all]) => [name, all]));

const added = process.env["COATCHECK_GOLDEN"];
if (added !== undefined) {
  const kept = (text: string): string | null => (text.length > 2000 || text.includes('"stack"') ? null : text);
  const golden = kinds.map(([name, ...all]) => [name, all.map((make) => kept(write(make())))] as const);
  writeFileSync(join(folder, added), `${JSON.stringify(Object.fromEntries(golden), null, 1)}\n`, { flag: "wx" });
}

describe.each(readdirSync(folder))("what %s holds", (file) => {
  const golden = JSON.parse(readFileSync(join(folder, file), "utf8")) as Golden;

  test("is enough", () => {
    expect(
      Object.values(golden)
        .flat()
        .filter((text) => text !== null).length,
    ).toBeGreaterThan(150);
  });

  test.each(Object.entries(golden))("%s", (name, texts) => {
    for (const [index, text] of texts.entries()) {
      if (text === null) continue;
      const value = serializer.deserialize(Buffer.from(text));
      expect(write(value)).toBe(text);
      expect(firstDifference(value, makers.get(name)![index]!())).toBeUndefined();
    }
  });
});
