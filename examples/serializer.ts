// A serializer of your own is a name and two functions. It works wherever one of ours does, behind a codec too.
import { register, ResultStore, SerializationError, type Serializer } from "@coatcheck/core";
import { flow, task } from "@coatcheck/flows";
import { local } from "@coatcheck/storage-local";

type Row = readonly (string | number)[];

const csv: Serializer<readonly Row[]> = {
  type: "csv",
  serialize(rows) {
    for (const [index, row] of rows.entries()) {
      for (const [column, cell] of row.entries()) {
        if (typeof cell === "string" ? !/[,\n]/.test(cell) : Number.isFinite(cell)) continue;
        const reason = `${String(cell)} cannot be a cell`;
        throw new SerializationError({ code: "NotSerializable", path: `$[${index}][${column}]`, reason });
      }
    }
    return new TextEncoder().encode(rows.map((row) => row.map((cell) => JSON.stringify(cell)).join(",")).join("\n"));
  },
  deserialize(bytes) {
    const lines = new TextDecoder().decode(bytes).split("\n");
    return lines.map((line) => JSON.parse(`[${line}]`) as Row);
  },
};

const storage = local({ path: "./results" });
const extract = task(
  async (prices: readonly number[]) => prices.map((price, index): Row => [`article ${index}`, price]), //
  { name: "extract", resultSerializer: csv as Serializer, resultStorageKey: "prices.csv" },
);
const report = flow(async () => (await extract([1.5, 2])).length, { name: "report", resultStorage: storage });
console.log(await report());

// By value as above, or by a name that was registered.
register({ api: 1, kind: "serializer", type: "csv", options: {}, open: () => csv as Serializer });
const store = new ResultStore({ storage, serializer: "compressed/csv" });
console.log(await store.read("prices.csv"));
console.log((await store.stat("prices.csv")).serializer);

// What it cannot keep exactly is refused, with the place of it.
console.log(await store.write([["article 0", NaN]]).catch((error: unknown) => (error as Error).message));

// Prints:
// 2
// [ [ 'article 0', 1.5 ], [ 'article 1', 2 ] ]
// csv
// $[0][1]: NaN cannot be a cell.
