import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { json } from "@coatcheck/serializer-json";
import { anything, graphClasses, graphs } from "@coatcheck/test-support";
import { firstDifference } from "@coatcheck/testing";

const RUNS = Number(process.env["COATCHECK_GRAPHS"] ?? 4000);
const serializer = json({ classes: graphClasses });

test(`${RUNS} random graphs come back exactly, identity included`, () => {
  fc.assert(
    fc.property(graphs, (value) => {
      const back = serializer.deserialize(serializer.serialize(value) as Uint8Array);
      expect(firstDifference(back, value)).toBeUndefined();
    }),
    { numRuns: RUNS },
  );
});

test("every JSON value is written as JSON.stringify writes it, and read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const bytes = serializer.serialize(value) as Uint8Array;
      expect(firstDifference(serializer.deserialize(bytes), value)).toBeUndefined();
      const text = Buffer.from(bytes).toString();
      if (!text.includes('"$') && !JSON.stringify(value).includes("-0")) expect(text).toBe(JSON.stringify(value));
    }),
    { numRuns: 2000 },
  );
});

test("values of every type that fast-check knows come back exactly", () => {
  fc.assert(
    fc.property(anything, (value) => {
      expect(firstDifference(serializer.deserialize(serializer.serialize(value) as Uint8Array), value)).toBeUndefined();
    }),
    { numRuns: 3000 },
  );
});
