// The local storage beside raw fs and the libraries one would pick instead: node benchmarks/storages/local.mjs [FOLDER]
//
// FOLDER is where the files go: /dev/shm where it is, so that the disk's own noise stays out; give another to see a disk.
import { run } from "../run.mjs";

await run(new URL("local.ts", import.meta.url));
