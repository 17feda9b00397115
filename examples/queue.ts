// You have a queue already, and its messages are small. Hand references through it: two processes, and nothing else between
// them. Neither needs flows.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ResultStore } from "@coatcheck/core";
import { local } from "@coatcheck/storage-local";

const MAX_MESSAGE = 1024;
const store = new ResultStore({ storage: local({ path: "./results" }) });

/** Puts a message on somebody's queue: a line of text, as small as queues want it. */
function send(queue: NodeJS.WritableStream, message: object): void {
  const text = JSON.stringify(message);
  if (text.length > MAX_MESSAGE) throw new Error(`A message of ${text.length} bytes is too large.`);
  queue.write(`${text}\n`);
}

/** The other process: for each message it reads the orders, works on them, and answers with a reference to the outcome. */
async function work(): Promise<void> {
  for await (const line of createInterface(process.stdin)) {
    const { orders } = JSON.parse(line) as { orders: string };
    const amounts = new Map<string, bigint>();
    for (const { article, amount } of await store.read<{ article: string; amount: bigint }[]>(orders)) {
      amounts.set(article, (amounts.get(article) ?? 0n) + amount);
    }
    const amountsResult = await store.write(amounts, { expiresIn: "30d" });
    send(process.stdout, { amounts: JSON.stringify(amountsResult) });
  }
}

async function main(): Promise<void> {
  const worker = spawn(process.execPath, [fileURLToPath(import.meta.url), "worker"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const orders = Array.from({ length: 100_000 }, (_, index) => ({
    article: `article ${index % 3}`,
    amount: BigInt(index),
  }));
  const result = await store.write(orders, { expiresIn: "30d" });
  send(worker.stdin, { orders: JSON.stringify(result) });
  worker.stdin.end();
  const [answer] = (await once(createInterface(worker.stdout), "line")) as [string];
  console.log(
    `100000 orders went out in a message of ${JSON.stringify({ orders: JSON.stringify(result) }).length < 400 ? "under 400" : "more"} bytes`,
  );
  console.log(await store.read((JSON.parse(answer) as { amounts: string }).amounts));
}

await (process.argv[2] === "worker" ? work() : main());

// Prints:
// 100000 orders went out in a message of under 400 bytes
// Map(3) {
//   'article 0' => 1666683333n,
//   'article 1' => 1666616667n,
//   'article 2' => 1666650000n
// }
