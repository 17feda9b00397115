// Writes a result of the size that is asked for, then counts what the system hands over while its existence is looked up.
import { readFileSync } from "node:fs";
import { ResultStore } from "@coatcheck/core";
import { local } from "@coatcheck/storage-local";

const [path, megabytes] = [process.argv[2]!, Number(process.argv[3])];
const none = { type: "none", serialize: () => new Uint8Array(), deserialize: () => undefined };
const store = new ResultStore({ storage: local({ path, durability: "none" }), serializer: none });

const chunk = new Uint8Array(1024 * 1024).fill(7);
let left = megabytes;
const source = new ReadableStream<Uint8Array>({
  pull(controller) {
    if (left-- > 0) controller.enqueue(chunk);
    else controller.close();
  },
});
await store.write(source, { key: "large" });

// What this process has read by system calls, whatever it was read from.
const read = (): number => Number(/^rchar: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))![1]);
const start = read();
const overhead = read() - start;
const before = read();
const exists = await store.exists("large");
console.log(
  JSON.stringify({ exists, bytes: read() - before - overhead, size: (await store.stat("large")).payloadSize }),
);
