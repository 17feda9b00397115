import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const readme = readFileSync(join(__dirname, "../README.md"), "utf8");

test.each(["map-storage.ts", "strict-json.ts"])("the README shows %s as it is tested", (name) => {
  expect(readme).toContain(readFileSync(join(__dirname, "samples", name), "utf8"));
});
