import { writeSync } from "node:fs";
import { join } from "node:path";
import { Locks } from "../src/lock.ts";

// Takes the lock of a key and keeps it until it is killed.
const [, , root, key] = process.argv;
await new Locks(join(root!, "%locks")).hold(key!, undefined, () => {
  writeSync(1, "held");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
