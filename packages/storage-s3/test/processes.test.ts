import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Script } from "@coatcheck/test-support";
import { credentials, read, s3Server, text } from "./support.ts";

const at = s3Server();
const keys = [credentials.accessKeyId, credentials.secretAccessKey];
let count: Script;
beforeAll(async () => {
  count = await Script.build(join(__dirname, "count.child.ts"), { byName: false });
});
afterAll(() => count.remove());

test("8 processes that add 1 to a number 50 times each: 400", async () => {
  await at.open().put("counter", text("0"));
  await Promise.all(Array.from({ length: 8 }, () => count.run([at.server.url, ...keys, 50])));
  expect(await read(at.open(), "counter")).toEqual(text("400"));
  // Were each to run alone, nothing would be shown.
  expect(at.server.counts.PutObject).toBeGreaterThan(401);
});
