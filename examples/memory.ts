// Results that are large and many need not stay in memory: each is kept, let go of, and read again where it is needed.
import { flow, task } from "@coatcheck/flows";
import { local } from "@coatcheck/storage-local";

const MB = 2 ** 20;

const render = task(async (page: number) => new Uint8Array(5 * MB).fill(page), {
  name: "render",
  persistResult: true,
  cacheResultInMemory: false,
});
const book = flow(
  async () => {
    const pages = render.map(
      Array.from({ length: 50 }, (_, page) => page),
      { concurrency: 2 },
    );
    const states = await Promise.all(pages.map((page) => page.wait()));
    const held = states.filter(({ data }) => data!.value instanceof Uint8Array);
    // One of them again, from storage.
    const last = await states.at(-1)!.result();
    return `${states.length} pages of 5 MB, ${held.length} in memory; page ${last[0]} has ${last.byteLength / MB} MB`;
  },
  { name: "book", resultStorage: local({ path: "./results" }) },
);

const before = process.memoryUsage.rss();
console.log(await book());
const grown = (process.memoryUsage.rss() - before) / MB;
console.log(grown < 200 ? "in less than 200 MB" : `in ${Math.round(grown)} MB`);

// Prints:
// 50 pages of 5 MB, 0 in memory; page 49 has 5 MB
// in less than 200 MB
