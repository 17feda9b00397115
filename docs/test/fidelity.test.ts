import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { classify } from "../../benchmarks/fidelity/classify.ts";
import { corpus, type Kind } from "../../benchmarks/fidelity/corpus.ts";
import { ours } from "../../benchmarks/fidelity/ours.ts";
import { columnIn } from "../../benchmarks/fidelity/page.ts";

// The peers take a minute and are measured by `npm run matrix --workspace benchmarks`, with strings of 100 MB.
const kinds = corpus(1_000_000);
const markdown = readFileSync(join(__dirname, "../fidelity.md"), "utf8");
const exists = ({ values }: Kind): boolean => values.length > 0;

test("there are at least 88 kinds, of at least three values each", () => {
  expect(kinds.length).toBeGreaterThanOrEqual(88);
  expect(kinds.filter(exists).filter(({ values }) => values.length < 3)).toEqual([]);
});

describe.each(ours)("$name", ({ name, open }) => {
  const column = columnIn(markdown, name);

  test.each(kinds.filter(exists))(
    "$name: exact or refused with the path, and as docs/fidelity.md says",
    async (kind) => {
      const { letter, why } = await classify(await open(), kind);
      expect({ letter, why }).toEqual({ letter: expect.stringMatching(/^[EC]$/), why: expect.anything() });
      // Where the page was written on a Node without the kind, it says so.
      if (column?.[kind.name] !== "-") expect(letter).toBe(column?.[kind.name]);
    },
  );
});
