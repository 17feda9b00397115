// A task is called again when it fails; a flow too, and then what had completed in it is not computed again.
import { flow, task } from "@coatcheck/flows";
import { local } from "@coatcheck/storage-local";

let attempts = 0;
const download = task(
  async (url: string) => {
    if (++attempts < 3) throw new Error(`attempt ${attempts}: no answer`);
    return `page of ${url}`;
  },
  {
    name: "download",
    retries: 3,
    retryDelay: [10, 20], // milliseconds, or "5s"; the last one counts for all that follow
    retryIf: (error) => (error as Error).message.includes("no answer"),
  },
);

let extracted = 0;
const extract = task(async (id: number) => ({ id, number: ++extracted }), { name: "extract" });

let tries = 0;
const report = flow(
  async () => {
    const page = await download("https://example.com");
    const items = await Promise.all(extract.map([1, 2, 3]).map((future) => future.result()));
    if (++tries < 2) throw new Error("the flow fails once");
    return [page, items.map(({ id, number }) => `${id} was extracted as number ${number}`)];
  },
  { name: "report", retries: 1, resultStorage: local({ path: "./results" }) },
);

console.log(await report());
console.log(`download was called ${attempts} times, extract ${extracted} times, the flow ${tries} times`);

// Prints:
// [
//   'page of https://example.com',
//   [
//     '1 was extracted as number 1',
//     '2 was extracted as number 2',
//     '3 was extracted as number 3'
//   ]
// ]
// download was called 3 times, extract 3 times, the flow 2 times
