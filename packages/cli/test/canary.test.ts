import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openStorage, registerBlock, ResultStore } from "@coatcheck/core";
import { json } from "@coatcheck/serializer-json";
import { encrypted } from "@coatcheck/serializer-encrypted";
import { s3 } from "@coatcheck/storage-s3";
import { S3TestServer } from "@coatcheck/test-servers";
import { useBin } from "./bin.ts";

// Secrets that look like nothing else: where one shows, it was leaked. Each of its encodings counts.
const SECRET = "c4n4ry/S3cr3t+Acc3ss=K3y";
const TOKEN = "c4n4ry-s3ss10n-t0k3n";
const KEY = "YzRuNHJ5LWszeS1vZi0zMi1ieXRlcy1sMG5nISEhISE=";
const forms = [SECRET, TOKEN, KEY].flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString("base64"),
  Buffer.from(secret).toString("hex"),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(KEY, "base64").toString("latin1"),
]);

/** Asserts that no form of a secret is in the text. */
function clean(text: string, where: string): void {
  for (const form of forms) if (text.includes(form)) throw new Error(`a secret shows in ${where}`);
}

const bin = useBin();
const account = { accessKeyId: "c4n4ry-1d", secretAccessKey: SECRET, sessionToken: TOKEN };
let server: S3TestServer;
beforeAll(async () => void (server = await S3TestServer.start({ buckets: ["bucket"], accounts: [account] })));
afterAll(async () => await server.close());
const place = (): { bucket: string; endpoint: string } => ({ bucket: "bucket", endpoint: server.url });

/** All files that the tests have written, but the one that the secret was put into. */
function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && !path.endsWith("the-secret"));
}

/** Looks through all that was written up to now. */
function lookThroughFiles(): void {
  for (const path of files(join(bin.cwd, ".."))) clean(readFileSync(path, "latin1"), path);
  for (const { chunks } of stored()) clean(Buffer.concat(chunks).toString("latin1"), "an object");
}

function stored(): { readonly chunks: Buffer[] }[] {
  const objects = [...server.buckets.get("bucket")!.objects.values()] as unknown as Record<string, unknown>[];
  return objects.map((object) => ({
    chunks: Object.values(object).flatMap((value) =>
      Array.isArray(value)
        ? value.filter(Buffer.isBuffer)
        : Buffer.isBuffer(value)
          ? [value]
          : [Buffer.from(inspect(value))],
    ),
  }));
}

/** Every command that shows anything of a block, and every way in which it can fail. */
const commands = (named: string): readonly (readonly string[])[] => [
  ["config", "view", "--json"],
  ["block", "ls", "--json"],
  ["doctor"],
  ["block", "test", named],
  ["result", "put", named, "coatcheck.config.json", "--key", "k"],
  ["result", "ls", named],
  ["result", "show", named, "k"],
  ["result", "get", named, "none"],
  ["result", "cp", named, "k", named, "k2"],
  ["result", "rm", named, "k", "k2"],
];

async function runAll(named: string, env: Record<string, string>): Promise<void> {
  const list = named.includes("://")
    ? commands(named)
    : [...commands(named), ["block", "inspect", named], ["block", "inspect", named, "--json"]];
  for (const args of list) {
    const { stdout, stderr } = await bin.run(args, { env });
    clean(stdout, `the output of ${args.join(" ")}`);
    clean(stderr, `the errors of ${args.join(" ")}`);
  }
}

const credentials = { AWS_ACCESS_KEY_ID: account.accessKeyId, AWS_SECRET_ACCESS_KEY: SECRET, AWS_SESSION_TOKEN: TOKEN };

test("an environment block, with the ambient credentials", async () => {
  writeFileSync(join(bin.cwd, "coatcheck.config.json"), "{}");
  const env = { ...credentials, COATCHECK_BLOCK_S3__PROD: `s3://bucket?endpoint=${server.url}` };
  await runAll("s3/prod", env);
  expect(await bin.run(["block", "test", "s3/prod"], { env })).toMatchObject({ code: 0 });
  lookThroughFiles();
});

test.each(["right", "wrong"])("a project's file with $env, a user's with $file; the secret is %s", async (which) => {
  const secret = which === "right" ? SECRET : `${SECRET}x`;
  const ids = { accessKeyId: account.accessKeyId, sessionToken: { $env: "CANARY_TOKEN" } };
  const references = { accessKeyId: { $env: "CANARY_ID" }, sessionToken: ids.sessionToken };
  const fromEnv = { ...references, secretAccessKey: { $env: "CANARY_SECRET" } };
  writeFileSync(
    join(bin.cwd, "coatcheck.config.json"),
    JSON.stringify({ blocks: { "s3/project": { ...place(), credentials: fromEnv } } }),
  );
  writeFileSync(join(bin.cwd, "the-secret"), `${secret}\n`);
  chmodSync(join(bin.cwd, "the-secret"), 0o600);
  const secrets =
    "--env credentials.accessKeyId=CANARY_ID --env credentials.sessionToken=CANARY_TOKEN --file credentials.secretAccessKey=the-secret";
  await bin.ok("block", "create", "s3/user", `s3://bucket?endpoint=${server.url}`, ...secrets.split(" "));
  const env = { CANARY_ID: account.accessKeyId, CANARY_SECRET: secret, CANARY_TOKEN: TOKEN };
  for (const slug of ["s3/project", "s3/user"]) {
    await runAll(slug, env);
    expect(await bin.run(["block", "test", slug], { env })).toMatchObject({ code: which === "right" ? 0 : 1 });
  }
  lookThroughFiles();
});

test("a URL, and all the wrong ways to put a secret into one, or into a file or an option", async () => {
  writeFileSync(join(bin.cwd, "coatcheck.config.json"), "{}");
  await runAll(`s3://bucket?endpoint=${server.url}`, credentials);
  const endpoint = server.url.replace("://", `://user:${encodeURIComponent(SECRET)}@`);
  for (const url of [
    `s3://id:${SECRET}@bucket`,
    `s3://id:${encodeURIComponent(SECRET)}@bucket`,
    `s3://bucket?endpoint=${endpoint}`,
    `s3://bucket?endpoint=${encodeURIComponent(endpoint)}`,
    `s3://bucket?credentials=${SECRET}`,
    `s3://bucket?secretAccessKey=${SECRET}`,
    `s3://bucket#${SECRET}`,
    `s3:${SECRET}`,
  ]) {
    const set = await bin.run(["config", "set", `COATCHECK_DEFAULT_STORAGE=${url}`]);
    clean(set.stdout + set.stderr, `config set, of ${url}`);
    await bin.run(["config", "unset", "COATCHECK_DEFAULT_STORAGE"]);
    const env = { COATCHECK_BLOCK_S3__PROD: url, COATCHECK_DEFAULT_STORAGE: url };
    for (const args of [["block", "create", "s3/new", url], ["result", "ls", url], ["doctor"]]) {
      const { stdout, stderr } = await bin.run(args, { env });
      // A place that is no secret by its name may be shown; those are not secrets by any road that there is.
      if (!url.startsWith("s3:c4n4ry")) clean(stdout + stderr, `${args.slice(0, 2).join(" ")}, of ${url}`);
    }
  }
  const literal = await bin.run([
    "block",
    "create",
    "s3/new",
    "s3://bucket",
    "--option",
    `credentials.secretAccessKey=${SECRET}`,
  ]);
  expect(literal.code).toBe(2);
  clean(literal.stderr, "block create");
  for (const flag of ["--env", "--option", "--file"]) {
    const { stderr } = await bin.run(["block", "create", "s3/new", "s3://bucket", flag, SECRET.replace("=", "")]);
    clean(stderr, `block create ${flag}`);
  }
  lookThroughFiles();
});

test("a file of settings that holds a secret as it is: refused, and shown nowhere", async () => {
  const file = join(bin.cwd, "coatcheck.config.json");
  writeFileSync(file, JSON.stringify({ blocks: { "s3/literal": { ...place(), credentials: account } } }));
  await runAll("s3/literal", {});
  expect(await bin.run(["block", "test", "s3/literal"])).toMatchObject({ code: 2 });
  writeFileSync(file, `{ "blocks": { "s3/literal": { "credentials": { "secretAccessKey": "${SECRET}" oops } } } }`);
  await runAll("s3/literal", {});
  writeFileSync(file, "{}");
  lookThroughFiles();
});

test("options by value and blocks in code: no reference, header, error, storage or message has it", async () => {
  const right = { ...place(), credentials: account };
  const wrong = { ...place(), credentials: { ...account, secretAccessKey: `${SECRET}x` } };
  registerBlock("s3/canary", right);
  registerBlock("s3/canary-wrong", wrong);
  const serializer = encrypted(json(), { keys: { k: KEY } });
  for (const storage of [s3(right), s3(wrong), await openStorage("s3/canary"), await openStorage("s3/canary-wrong")]) {
    const store = new ResultStore({ storage, serializer });
    for (const call of [
      async () => await store.write({ a: 1 }, { key: "canary" }),
      async () => await store.write({ a: 1 }, { key: "canary", when: "absent" }),
      async () => await store.stat("canary"),
      async () => await store.read("none"),
      async () => await store.list({ headers: true }).next(),
      async () => await storage.sign("canary", { method: "GET", expiresIn: 60 } as never),
    ] as const) {
      const shown: unknown = await call().catch((error: unknown) => error);
      // What a signed URL is for is to let somebody in; it has the token in it, and never the secret.
      const text = inspect(shown, { depth: 20, showHidden: true });
      const allowed = text.startsWith("'http") ? text.replaceAll(TOKEN, "") : text;
      clean(allowed + JSON.stringify(shown), `what ${String(call)} gives`);
    }
    clean(inspect([storage, store], { depth: 20, showHidden: true }) + storage.url, "the storage as it is shown");
    await storage.close();
  }
  expect(stored().length).toBeGreaterThan(0);
  lookThroughFiles();
});
