// 200 tasks that each give 20 MB of bytes, two at a time, not kept in memory; prints the growth of resident memory in MB.
import { flow, task } from "@coatcheck/flows";
import { local } from "@coatcheck/storage-local";

const MB = 1024 * 1024;
const [folder] = process.argv.slice(2);

const bytes = task(
  async (seed: number) => {
    const value = new Uint8Array(20 * MB);
    value.fill(seed % 251);
    return value;
  },
  { name: "bytes", cacheResultInMemory: false, resultStorage: local({ path: folder!, durability: "none" }) },
);

let most = 0;
const sample = (): void => void (most = Math.max(most, process.memoryUsage().rss));

const all = flow(
  async () => {
    const futures = bytes.map(
      Array.from({ length: 200 }, (_, seed) => seed),
      { concurrency: 2 },
    );
    for (const future of futures) {
      await future.wait();
      sample();
    }
    // Readable afterwards, each with its own bytes.
    for (const seed of [0, 99, 199]) {
      const value = await futures[seed]!.result();
      if (value.length !== 20 * MB || value.some((byte) => byte !== seed % 251)) throw new Error(`${seed} is wrong`);
    }
  },
  { name: "all", persistResult: false },
);

sample();
const before = process.memoryUsage().rss;
const timer = setInterval(sample, 5);
await all();
clearInterval(timer);
console.log(JSON.stringify({ growth: Math.round((most - before) / MB) }));
