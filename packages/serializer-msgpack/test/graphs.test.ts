import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { msgpack } from "@coatcheck/serializer-msgpack";
import { anything, graphClasses, graphs } from "@coatcheck/test-support";
import { firstDifference } from "@coatcheck/testing";

const RUNS = Number(process.env["COATCHECK_GRAPHS"] ?? 5000);
const serializer = msgpack({ classes: graphClasses });

test(`${RUNS} random graphs come back exactly, identity included`, () => {
  fc.assert(
    fc.property(graphs, (value) => {
      const bytes = serializer.serialize(value) as Uint8Array;
      const back = serializer.deserialize(bytes);
      expect(firstDifference(back, value)).toBeUndefined();
      expect(Buffer.compare(serializer.serialize(back) as Uint8Array, bytes)).toBe(0);
    }),
    { numRuns: RUNS },
  );
});

test("values of every type that fast-check knows come back exactly", () => {
  fc.assert(
    fc.property(anything, (value) => {
      expect(firstDifference(serializer.deserialize(serializer.serialize(value) as Uint8Array), value)).toBeUndefined();
    }),
    { numRuns: 5000 },
  );
});
