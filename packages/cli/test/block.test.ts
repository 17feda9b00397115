import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { S3TestServer } from "@coatcheck/test-servers";
import { useBin } from "./bin.ts";

const bin = useBin();
const blocks = (): unknown =>
  (JSON.parse(readFileSync(join(bin.home, "config.json"), "utf8")) as { blocks: unknown }).blocks;

test("create, ls, inspect and delete", async () => {
  const created = await bin.run(["block", "create", "s3/prod", "s3://my-bucket/results?region=eu-west-1"]);
  expect(created).toEqual({ code: 0, stdout: "", stderr: "Saved s3/prod. Try it: coatcheck block test s3/prod\n" });
  expect(blocks()).toEqual({ "s3/prod": { bucket: "my-bucket", prefix: "results", region: "eu-west-1" } });
  const file = join(bin.home, "config.json");
  expect(await bin.ok("block", "ls")).toBe(`s3/prod  ${file}\n`);
  expect(await bin.json("block", "ls")).toEqual([{ slug: "s3/prod", type: "s3", name: "prod", origin: file }]);
  expect(await bin.json("block", "inspect", "s3/prod")).toEqual([
    {
      slug: "s3/prod",
      type: "s3",
      name: "prod",
      origin: file,
      options: { bucket: "my-bucket", prefix: "results", region: "eu-west-1" },
    },
  ]);
  expect(await bin.ok("block", "inspect", "s3/prod")).toMatch(/^bucket +my-bucket$/m);
  await bin.ok("block", "delete", "s3/prod");
  expect(await bin.ok("block", "ls")).toBe("");
  expect(await bin.run(["block", "delete", "s3/prod"])).toMatchObject({
    code: 0,
    stderr: "There was no block s3/prod.\n",
  });
});

test("create takes a URL, options, and references for what is secret", async () => {
  const options = "--option endpoint=http://localhost:9000 --option forcePathStyle=true";
  const secrets = "--env credentials.accessKeyId=MINIO_ID --file credentials.secretAccessKey=secrets/minio";
  await bin.ok(..."block create s3/minio s3://bucket".split(" "), ...`${options} ${secrets}`.split(" "));
  const $file = join(bin.cwd, "secrets/minio");
  expect(blocks()).toEqual({
    "s3/minio": {
      bucket: "bucket",
      endpoint: "http://localhost:9000",
      forcePathStyle: true,
      credentials: { accessKeyId: { $env: "MINIO_ID" }, secretAccessKey: { $file } },
    },
  });
  expect(await bin.ok("block", "inspect", "s3/minio")).toContain('{"accessKeyId":{"$env":"MINIO_ID"}');
});

test("a taken name is refused, unless --overwrite", async () => {
  await bin.ok("block", "create", "local/a", "file:./one");
  const { code, stderr } = await bin.run(["block", "create", "local/a", "file:./two"]);
  expect(code).toBe(2);
  expect(stderr).toContain('Block "local/a" is saved already');
  expect(stderr).toContain("--overwrite");
  await bin.ok("block", "create", "local/a", "file:./two", "--overwrite");
  expect(blocks()).toEqual({ "local/a": { path: join(bin.cwd, "two") } });
});

test("what the environment or the project defines too, create says", async () => {
  const env = { COATCHECK_BLOCK_LOCAL__A: "file:///elsewhere" };
  const { code, stderr } = await bin.run(["block", "create", "local/a", "file:./one"], { env });
  expect(code).toBe(0);
  expect(stderr).toContain(
    "But environment variable COATCHECK_BLOCK_LOCAL__A defines local/a too, and counts before it.",
  );

  const project = join(bin.cwd, "coatcheck.config.json");
  writeFileSync(project, '{ "blocks": { "local/b": "file:///elsewhere" } }');
  const other = await bin.run(["block", "create", "local/b", "file:./one"]);
  expect(other.stderr).toContain(`But ${project} defines local/b too, and counts before it.`);
});

test.each([
  [["create", "s3/prod"], "Give a URL, or options"],
  [["create", "prod", "s3://b"], '"prod" names no storage'],
  [["create", "s4/prod", "s4://b"], 'There is no storage type "s4". Did you mean "s3"?'],
  [["create", "s3/prod", "gs://b"], 'Name it "gcs/prod"'],
  [["create", "s3/prod", "s3://b", "--option", "regoin=x"], 'Did you mean "region"?'],
  [["create", "s3/prod", "s3://NOT_A_BUCKET"], 'option "bucket" is the name of a bucket'],
  [
    ["create", "s3/prod", "s3://b", "--option", "credentials.secretAccessKey=x"],
    'option "credentials.secretAccessKey" is secret',
  ],
  [["create", "s3/prod", "s3://b", "--env", "x"], "--env is given as name=value"],
  [["create", "local/x", "file:///a", "--option", "path=/b"], 'option "path" is given twice'],
  [["inspect", "s3/prdo"], 'Block "s3/prdo" is not defined'],
  [["test", "s3/prdo"], 'Block "s3/prdo" is not defined'],
])("%j is refused with 2", async (args, text) => {
  const { code, stderr } = await bin.run(["block", ...args]);
  expect(stderr).toContain(text);
  expect(code).toBe(2);
});

describe("test", () => {
  const owner = { accessKeyId: "owner-id", secretAccessKey: "owner-secret" };
  const writer = { accessKeyId: "writer-id", secretAccessKey: "writer-secret", denied: ["DeleteObject"] as const };
  const reader = {
    accessKeyId: "reader-id",
    secretAccessKey: "reader-secret",
    denied: ["PutObject", "DeleteObject", "ListObjectsV2"] as const,
  };
  let server: S3TestServer;
  beforeAll(async () => {
    server = await S3TestServer.start({ buckets: ["bucket"], accounts: [owner, writer, reader], region: "us-east-1" });
  });
  afterAll(async () => await server.close());

  const run = async (account: typeof owner, url = `s3://bucket?endpoint=${server.url}`) => {
    const env = { AWS_ACCESS_KEY_ID: account.accessKeyId, AWS_SECRET_ACCESS_KEY: account.secretAccessKey };
    const { code, stdout, stderr } = await bin.run(["block", "test", url, "--json"], { env });
    const steps = stdout
      .trim()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as any);
    return { code, stderr, steps: Object.fromEntries(steps.map((each) => [each.step, each])) as Record<string, any> };
  };

  test("with all permissions every step passes, and nothing is left", async () => {
    const { code, steps } = await run(owner);
    expect(Object.values(steps).map(({ step, ok }) => [step, ok])).toEqual([
      ["write", true],
      ["read", true],
      ["list", true],
      ["delete", true],
    ]);
    expect(code).toBe(0);
    expect([...server.buckets.get("bucket")!.objects.keys()]).toEqual([]);
  });

  test("the permission that is missing is named", async () => {
    const { code, steps } = await run(writer);
    expect(code).toBe(1);
    expect(steps["write"]).toEqual({ step: "write", ok: true });
    expect(steps["delete"]).toMatchObject({
      ok: false,
      error: { code: "PermissionDenied", message: expect.stringContaining("s3:DeleteObject") },
    });
    const none = await run(reader);
    expect(none.code).toBe(1);
    expect(none.steps["write"].error.message).toContain("s3:PutObject");
    expect(none.steps["list"].error.message).toContain("s3:ListBucket");
  });

  test("a bucket that is not there, credentials that are wrong, nobody who answers: each is told", async () => {
    const missing = await run(owner, `s3://not-there?endpoint=${server.url}`);
    expect(missing.steps["write"].error).toMatchObject({ code: "Misconfigured" });
    const wrong = await run({ ...owner, secretAccessKey: "wrong" });
    expect(wrong.steps["write"].error).toMatchObject({ code: "Unauthenticated" });
    const silent = createServer();
    const port = await new Promise<number>((resolve) => {
      silent.listen(0, "127.0.0.1", () => resolve((silent.address() as { port: number }).port));
    });
    await new Promise((resolve) => silent.close(resolve));
    const nobody = await run(owner, `s3://bucket?endpoint=http://127.0.0.1:${port}`);
    expect(nobody.steps["write"].error).toMatchObject({ code: "Unavailable" });
    expect([missing.code, wrong.code, nobody.code]).toEqual([1, 1, 1]);
  });

  test("an error of a storage that was named by its slug says the slug too", async () => {
    const env = {
      AWS_ACCESS_KEY_ID: reader.accessKeyId,
      AWS_SECRET_ACCESS_KEY: reader.secretAccessKey,
      COATCHECK_BLOCK_S3__PROD: `s3://bucket?endpoint=${server.url}`,
    };
    const { code, stderr } = await bin.run(["result", "ls", "s3/prod"], { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^coatcheck: s3\/prod: list in s3:\/\/bucket.*s3:ListBucket.*PermissionDenied/m);
    const json = await bin.run(["result", "ls", "s3/prod", "--json"], { env });
    expect(JSON.parse(json.stderr.trim().split("\n").at(-1)!)).toMatchObject({
      error: { code: "PermissionDenied", block: "s3/prod" },
    });
  });

  test("a missing variable is named before anything is sent", async () => {
    const path = join(bin.cwd, "coatcheck.config.json");
    const credentials = { accessKeyId: { $env: "S3_ID" }, secretAccessKey: { $env: "S3_SECRET" } };
    writeFileSync(
      path,
      JSON.stringify({ blocks: { "s3/prod": { bucket: "bucket", endpoint: server.url, credentials } } }),
    );
    const before = server.requests.length;
    const { code, stderr } = await bin.run(["block", "test", "s3/prod"], { env: { S3_ID: owner.accessKeyId } });
    expect(code).toBe(2);
    expect(stderr).toContain(
      `Block "s3/prod" (${path}): option "credentials.secretAccessKey" refers to the environment`,
    );
    expect(stderr).toContain('"S3_SECRET", which is not set');
    expect(server.requests.length).toBe(before);
    const env = { S3_ID: owner.accessKeyId, S3_SECRET: owner.secretAccessKey };
    expect(await bin.run(["block", "test", "s3/prod"], { env })).toMatchObject({ code: 0 });
  });
});
