// A task with a cache key is a memoized function: computed once for equal inputs, whichever process asks, now or tomorrow.
import { flow, inputs, task, taskSource } from "@coatcheck/flows";
import { local } from "@coatcheck/storage-local";

const storage = local({ path: "./results" });
const square = task(
  async ({ n }: { n: number }) => {
    console.log(`computing ${n}`);
    return n * n;
  },
  { name: "square", cacheKey: inputs(), resultStorage: storage },
);

console.log(await square({ n: 4 }), await square({ n: 4 }));

// Equal inputs at the same time: one computes, the others wait for it, in other processes too.
console.log(await Promise.all([square({ n: 5 }), square({ n: 5 }), square({ n: 5 })]));
console.log((await square.returnState({ n: 5 })).name);

// What does not count is left out; what else must be equal is added; what is too old is computed anew.
const fetchPage = task(
  async (url: string, log: (text: string) => void) => {
    log(`fetching ${url}`);
    return `page of ${url}`;
  },
  {
    name: "fetch-page",
    parameterNames: ["url", "log"],
    cacheKey: [inputs({ exclude: ["log"] }), taskSource()],
    cacheExpiration: "1h",
    resultStorage: storage,
  },
);
const report = flow(
  async () => [
    await fetchPage("a", (text) => console.log(`first: ${text}`)),
    await fetchPage("a", (text) => console.log(`second: ${text}`)),
  ],
  { name: "report" },
);
console.log(await report());

// Whatever is there, this computes, and what it gives is there from then on.
console.log(await square.withOptions({ refreshCache: true })({ n: 4 }));

// Or a key of your own; where there is none, the call is not cached.
const today = task(async (city: string) => `sunny in ${city}`, {
  name: "weather",
  cacheKey: ({ parameters }) => (parameters[0] === "here" ? undefined : `weather of ${String(parameters[0])} today`),
  resultStorage: storage,
});
const names: string[] = [];
for (const city of ["Rome", "Rome", "here", "here"]) names.push((await today.returnState(city)).name);
console.log(names.join(", "));

// Inputs that cannot be compared are an error before anything is computed.
try {
  await square({ n: (() => 4) as never });
} catch (error) {
  console.log((error as Error).message.split(",")[0]);
}

// Prints:
// computing 4
// 16 16
// computing 5
// [ 25, 25, 25 ]
// Cached
// first: fetching a
// [ 'page of a', 'page of a' ]
// computing 4
// 16
// Completed, Cached, Completed, Completed
// Task "square" cannot be cached by its inputs: $[0].n is the function "n"
