#!/usr/bin/env node
import { version } from "./version.ts";

const [first] = process.argv.slice(2);
if (first === "--version" || first === "-V") console.log(version());
else {
  // Loaded only now: scripts ask for the version often, and wait for it.
  const { run } = await import("./program.ts");
  process.exitCode = await run(process.argv.slice(2));
}
