import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { ResultStore } from "@coatcheck/core";
import { json } from "@coatcheck/serializer-json";
import { local } from "@coatcheck/storage-local";
import { s3 } from "@coatcheck/storage-s3";
import { S3TestServer } from "@coatcheck/test-servers";
import { outcomeOf, type Running, useBin } from "./bin.ts";

const bin = useBin();
const account = { accessKeyId: "id", secretAccessKey: "secret" };
const env = { AWS_ACCESS_KEY_ID: account.accessKeyId, AWS_SECRET_ACCESS_KEY: account.secretAccessKey };
let server: S3TestServer;
beforeEach(async () => void (server = await S3TestServer.start({ buckets: ["bucket"], accounts: [account] })));
afterEach(async () => await server.close());
const url = (): string => `s3://bucket?endpoint=${server.url}`;
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

async function interrupted(child: Running, when: () => boolean, signal: NodeJS.Signals = "SIGINT"): Promise<void> {
  const outcome = outcomeOf(child);
  await until(when);
  child.kill(signal);
  const { code, stdout, stderr } = await outcome;
  // An SDK may have warned of the version of Node before.
  expect(stderr).toMatch(/(^|\n)coatcheck: Interrupted; nothing was left half done\.\n$/);
  expect({ code, stdout }).toEqual({ code: signal === "SIGINT" ? 130 : 143, stdout: "" });
}

test.each(["SIGINT", "SIGTERM"] as const)("%s while a file is kept leaves no object and no parts", async (signal) => {
  const child = bin.start(["result", "put", url(), "-", "--key", "k"], { env });
  child.stdin.on("error", () => undefined).write(Buffer.alloc(30_000_000));
  await interrupted(child, () => (server.counts.UploadPart ?? 0) > 0, signal);
  expect([...server.buckets.get("bucket")!.objects.keys()]).toEqual([]);
  expect(server.orphans).toEqual([]);
});

test("Ctrl-C while a local file is kept leaves nothing to list, and no temporary file that stays", async () => {
  const path = join(bin.cwd, "results");
  const child = bin.start(["result", "put", "file:./results", "-", "--key", "k"]);
  child.stdin.on("error", () => undefined).write(Buffer.alloc(3_000_000));
  await interrupted(child, () => readdirSync(bin.cwd).length > 0);
  const left = readdirSync(path, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  expect(left.map(({ name }) => name)).toEqual([]);
});

test("Ctrl-C while a result is fetched leaves the output file as it was", async () => {
  const storage = s3({ bucket: "bucket", endpoint: server.url, credentials: account });
  const store = new ResultStore({ storage, serializer: json() });
  await store.write(new Blob([new Uint8Array(4_000_000)]).stream(), { key: "k" });
  await storage.close();
  writeFileSync(join(bin.cwd, "out"), "before");
  server.reset();
  server.inject({ at: "answer body", on: "GetObject", action: "stall", bytes: 1_000_000, times: 10 });
  const child = bin.start(["result", "get", url(), "k", "-o", "out"], { env });
  await interrupted(child, () => (server.counts.GetObject ?? 0) > 0);
  expect(readdirSync(bin.cwd)).toEqual(["out"]);
});

test("Ctrl-C while results are copied leaves only whole ones", async () => {
  const storage = local({ path: join(bin.cwd, "results"), durability: "none" });
  const store = new ResultStore({ storage, serializer: json() });
  for (let index = 0; index < 200; index++) await store.write(new Uint8Array(20_000), { key: `k${index}` });
  const child = bin.start(["result", "cp", "file:./results", url(), "--all"], { env });
  await interrupted(child, () => server.buckets.get("bucket")!.objects.size >= 3);
  const copied = [...server.buckets.get("bucket")!.objects.keys()];
  expect(copied.length).toBeLessThan(200);
  const reader = new ResultStore({
    storage: s3({ bucket: "bucket", endpoint: server.url, credentials: account }),
    serializer: json(),
  });
  for (const key of copied) expect((await reader.read<Uint8Array>(key)).byteLength).toBe(20_000);
  expect(server.orphans).toEqual([]);
});

test("a reader of the output that has had enough ends it", async () => {
  const store = new ResultStore({
    storage: local({ path: join(bin.cwd, "results"), durability: "none" }),
    serializer: json(),
  });
  for (let index = 0; index < 2000; index++) await store.write([index], { key: `k${index}` });
  const child = bin.start(["result", "ls", "file:./results", "--json"]);
  child.stdout.once("data", () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect(code).toBe(141);
});
