// Runs where no storage and no serializer is installed; prints what came of each call.
import { flow, task, withSettings } from "@coatcheck/flows";
import { memory } from "@coatcheck/core";

const called: string[] = [];
const attempt = async (name: string, run: () => Promise<unknown>): Promise<void> => {
  const what = await run().then(
    (value) => JSON.stringify(value),
    (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
  );
  console.log(`${name}: ${what}`);
};

const ran = (name: string): { ran: number } => ({ ran: called.push(name) });
const plain = task(async () => ran("plain"), { name: "plain" });
const kept = task(async () => ran("kept"), { name: "kept", persistResult: true });
const around = flow(async () => [ran("around"), await kept()], { name: "around", retries: 1 });

await attempt("plain", () => flow(async () => await plain())());
await attempt("kept", () => kept());
await attempt("around", () => around());
await attempt("serializer", () => withSettings({ defaultStorage: memory() }, () => kept()));
console.log(`called: ${called.join()}`);
