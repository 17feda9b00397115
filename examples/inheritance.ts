// A flow says where and how results are kept; what it calls inherits that. The names of Prefect's options work as they are.
import { registerBlock } from "@coatcheck/core";
import { flow, task } from "@coatcheck/flows";

// A block is a named storage; here one of local files, in production perhaps "s3/prod".
registerBlock("local/prod", { path: "./prod" });
registerBlock("local/archive", { path: "./archive" });

const extractUser = task(async (id: number) => ({ id, name: `user ${id}` }), { name: "extract_user" });
const extractNumber = task(async (id: number) => id * 7, { name: "extract_number", retries: 2 });
const transform = task(async (name: string, number: number) => `${name}: ${number}`, {
  name: "transform",
  persistResult: false,
});
const archive = task(async (text: string) => text.length, {
  name: "archive",
  persist_result: true,
  result_storage: "local/archive",
  result_serializer: "compressed/json",
});

const pipeline = flow(
  async (id: number) => {
    const user = await extractUser.returnState(id);
    const number = await extractNumber.returnState(id);
    const text = await transform.returnState((await user.result()).name, await number.result());
    const length = await archive.returnState(await text.result());
    for (const { run, data } of [user, number, text, length]) {
      const reference = data!.toJSON();
      console.log(`${run.replace(/-\d+$/, "")}: ${"storage" in reference ? reference.storage : "not kept"}`);
    }
    return await text.result();
  },
  { name: "pipeline", result_storage: "local/prod", result_serializer: "json" },
);

const state = await pipeline.returnState(6);
console.log(`pipeline: ${JSON.stringify(state.data).match(/"storage":"([^"]*)"/)![1]}`);

// The same flow with its results elsewhere.
const elsewhere = await pipeline.withOptions({ resultStorage: "memory:scratch" }).returnState(6);
console.log(`elsewhere: ${JSON.stringify(elsewhere.data).match(/"storage":"([^"]*)"/)![1]}`);

// Prints:
// extract_user: not kept
// extract_number: local/prod
// transform: not kept
// archive: local/archive
// pipeline: local/prod
// extract_user: not kept
// extract_number: memory:scratch
// transform: not kept
// archive: local/archive
// elsewhere: memory:scratch
