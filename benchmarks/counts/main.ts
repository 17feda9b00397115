// npm run bench -- --quick: counts what operations cost, and fails where that is not what expected.ts says.
import "./instrument.ts"; // The first, before anybody takes hold of a function.
import { isServer } from "../storages/servers.ts";
import { collect } from "./collect.ts";
import { compare, explain } from "./compare.ts";
import { expected } from "./expected.ts";
import { checkTheCheck } from "./self-check.ts";

if (!(await isServer())) process.exit((await main()) ? 0 : 1);

async function main(): Promise<boolean> {
  const { counts, details } = await collect();
  let total = 0;
  for (const [group, each] of Object.entries(counts)) {
    console.log(group);
    for (const [name, count] of Object.entries(each)) console.log(`  ${String(count).padStart(5)}  ${name}`);
    total += Object.keys(each).length;
  }
  console.log();
  const differences = compare(expected, counts);
  for (const difference of differences) {
    console.log(`FAIL ${explain(difference)}`);
    const detail = details.get(`${difference.group}, ${difference.name}`);
    if (detail !== undefined) console.log(`     ${detail}`);
  }
  const missed = await checkTheCheck(counts);
  for (const what of missed) console.log(`FAIL the check itself: a ${what} too many was not found.`);
  if (missed.length === 0) console.log("ok   a request, a system call, a buffer and a copy too many are found");
  console.log(`${total} counts, ${differences.length} not as agreed`);
  return differences.length === 0 && missed.length === 0;
}
