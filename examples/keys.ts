// A result has a unique key, unless you say which: by a template or a function, of parameters, dates and names.
import { ResultStore } from "@coatcheck/core";
import { flow, task } from "@coatcheck/flows";
import { local } from "@coatcheck/storage-local";

const storage = local({ path: "./results" });

const extract = task(async ({ user }: { user: string }) => ({ user, visits: user.length }), {
  name: "extract",
  resultStorageKey: "users/{parameters.user}/{flow_run.flow_name}.json",
});
const sum = task(async (from: number, to: number) => from + to, {
  name: "sum",
  parameterNames: ["from", "to"],
  resultStorageKey: ({ parameters }) => `sums/${String(parameters["from"])}-${String(parameters["to"])}.json`,
});
const daily = flow(
  async () => {
    await Promise.all(extract.map([{ user: "ada" }, { user: "../grace" }]).map((future) => future.result()));
    await sum(1, 2);
    return "done";
  },
  {
    name: "daily",
    resultStorage: storage,
    resultSerializer: "json",
    persistResult: true,
    resultStorageKey: "reports/{date:%Y}/{flow_run.run_count:03d}.json",
  },
);
await daily();

// Whoever knows the key reads what is there now. What a parameter holds cannot choose another folder.
const store = new ResultStore({ storage });
for await (const { key } of store.list()) {
  console.log(`${key.replace(/\d{4}/, "<year>")}: ${JSON.stringify(await store.read(key))}`);
}

// A template that cannot work is an error where it is written, not after hours of work.
try {
  task(async () => 1, { name: "wrong", resultStorageKey: "{flow_run.nam}.json" });
} catch (error) {
  console.log((error as Error).message.split(".")[0]);
}

// Prints:
// reports/<year>/001.json: "done"
// sums/1-2.json: 3
// users/..%2Fgrace/daily.json: {"user":"../grace","visits":8}
// users/ada/daily.json: {"user":"ada","visits":3}
// …
