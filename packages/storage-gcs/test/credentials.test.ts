import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { Storage as Client } from "@google-cloud/storage";
import { gcs } from "@coatcheck/storage-gcs";
import { Script } from "@coatcheck/test-support";
import { expectBytes, failure, read, text } from "@coatcheck/test-support/cloud";
import { account, bucket, gcsServer, keyFileOf, privateKey } from "./support.ts";

// The ways of the SDK to a token, each with the server at its end.
const machine = { email: "machine@project.iam.gserviceaccount.com" };
const pool = { email: "pool@project.iam.gserviceaccount.com", subjectToken: "token-of-another-issuer" };
const at = gcsServer({ accounts: [machine, account, pool] });

let script: Script;
const folder = mkdtempSync(join(tmpdir(), "coatcheck-gcs-"));
const stalled: Server[] = [];
beforeAll(async () => {
  script = await Script.build(join(__dirname, "credentials.child.ts"), { byName: false });
});
afterEach(() => stalled.splice(0).forEach((server) => server.close()));
afterAll(() => {
  script.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** What a process with this environment, and no other credentials, sees. */
async function run(env: Readonly<Record<string, string>>, args: readonly string[]): Promise<object> {
  const clean = {
    HOME: folder,
    GOOGLE_APPLICATION_CREDENTIALS: "",
    STORAGE_EMULATOR_HOST: "",
    PATH: process.env.PATH!,
  };
  return JSON.parse(await script.run(args, { env: { ...clean, ...env } })) as object;
}

/** A client that goes to the test server for everything that Google's would be asked for. */
function clientOf(credentials: object): Client {
  const adapter = async (options: { url?: unknown }, next: (options: object) => Promise<object>): Promise<object> => {
    const token = /googleapis\.com.*token/.test(String(options.url));
    return await next(token ? { ...options, url: new URL(`${at.server.url}/token`) } : options);
  };
  return new Client({
    apiEndpoint: at.server.url,
    useAuthWithCustomEndpoint: true,
    projectId: "project",
    credentials,
    clientOptions: { transporterOptions: { adapter } } as never,
  });
}

test("a service account's key: a token is asked for once, and used until it ends", async () => {
  const { universe_domain: _, ...credentials } = keyFileOf(account);
  const storage = gcs({ bucket, client: clientOf(credentials) });
  await storage.put("key", text("value"));
  expectBytes(await read(storage, "key"), text("value"));
  expect(at.server.counts).toEqual({ token: 1, "objects.insert": 1, "objects.media": 1 });
  expect(at.server.requests.at(-1)!.headers.authorization).toMatch(/^Bearer ya29\./);
  await storage.close();
});

test("a key that is not the account's: Unauthenticated, with what the token endpoint says", async () => {
  const { universe_domain: _, ...credentials } = keyFileOf({ ...account, privateKey: privateKey() });
  const storage = gcs({ bucket, client: clientOf(credentials) });
  const error = await failure(storage.put("key", text("value")), "Unauthenticated");
  expect(error.detail).toMatch(/invalid_grant: Invalid JWT Signature\.\)\. Get new ones/);
  expect(error.ambiguous).toBe(false);
  at.server.clockOffset = 3 * 3_600_000;
  const late = gcs({ bucket, client: clientOf({ ...credentials, private_key: account.privateKey }) });
  expect((await failure(late.stat("key"), "Unauthenticated")).detail).toMatch(/Look at the clock of this machine too/);
});

test("a token endpoint that fails for a while, or keeps failing", async () => {
  const { universe_domain: _, ...credentials } = keyFileOf(account);
  at.server.inject({ at: "request", on: "token", action: { status: 503, code: "unavailable" } });
  const storage = at.openLimited({}, { client: clientOf(credentials), credentials: undefined as never });
  await storage.put("key", text("value"));
  at.server.inject({ at: "request", on: "token", action: { status: 400, code: "unavailable" }, times: 100 });
  const other = at.openLimited({}, { client: clientOf(credentials), credentials: undefined as never });
  await failure(other.stat("key"), "Unauthenticated");
});

test("workload identity: a token of another issuer is exchanged at the address of its configuration", async () => {
  const file = join(folder, "subject-token");
  writeFileSync(file, pool.subjectToken);
  const configuration = {
    type: "external_account",
    audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `${at.server.url}/token`,
    credential_source: { file },
  };
  expect(await run({}, [at.server.url, JSON.stringify(configuration)])).toEqual({ bytes: [1, 2, 3] });
  expect(at.server.counts.token).toBe(1);
  writeFileSync(file, "wrong");
  expect(await run({}, [at.server.url, JSON.stringify(configuration)])).toMatchObject({ code: "Unauthenticated" });
});

test("credentials of the environment are not sent to hosts that are not Google's", async () => {
  const file = join(folder, "key.json");
  writeFileSync(file, JSON.stringify(keyFileOf(account)));
  const env = { GOOGLE_APPLICATION_CREDENTIALS: file };
  expect(await run(env, [at.server.url])).toMatchObject({ code: "Unauthenticated" });
  for (const { headers } of at.server.requests) expect(headers.authorization).toBe(undefined);
  expect(await run({ STORAGE_EMULATOR_HOST: at.server.url }, [""])).toMatchObject({ code: "Unauthenticated" });
  expect(at.server.requests.length).toBeGreaterThanOrEqual(2);
});

test("the service account of a machine, from its metadata server", async () => {
  const client = new Client({ apiEndpoint: at.server.url, useAuthWithCustomEndpoint: true, projectId: "project" });
  const { GCE_METADATA_HOST, METADATA_SERVER_DETECTION } = process.env;
  try {
    process.env.GCE_METADATA_HOST = new URL(at.server.url).host;
    process.env.METADATA_SERVER_DETECTION = "assume-present";
    const storage = gcs({ bucket, client });
    await storage.put("key", text("value"));
    expect(at.server.counts.machine).toBeGreaterThanOrEqual(1);
    await storage.close();
  } finally {
    Object.assign(process.env, { GCE_METADATA_HOST, METADATA_SERVER_DETECTION });
    if (GCE_METADATA_HOST === undefined) delete process.env.GCE_METADATA_HOST;
    if (METADATA_SERVER_DETECTION === undefined) delete process.env.METADATA_SERVER_DETECTION;
  }
});

test("no credentials anywhere, and a metadata server that never answers: Unauthenticated, with the ways out", async () => {
  const server = createServer(() => {});
  stalled.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const seen = await run({ GCE_METADATA_HOST: `127.0.0.1:${port}`, DETECT_GCP_RETRIES: "0" }, [
    "https://storage.googleapis.com",
  ]);
  expect(seen).toMatchObject({ code: "Unauthenticated", retryable: false, ambiguous: false });
  expect((seen as { detail: string }).detail).toMatch(
    /no credentials were found.*GOOGLE_APPLICATION_CREDENTIALS.*gcloud auth application-default login/,
  );
});

test("a credentials file that is not there, or is no JSON", async () => {
  const missing = { GOOGLE_APPLICATION_CREDENTIALS: join(folder, "missing.json") };
  const google = ["https://storage.googleapis.com"];
  expect(await run(missing, google)).toMatchObject({
    code: "Unauthenticated",
    detail: expect.stringMatching(/missing\.json/),
  });
  const file = join(folder, "broken.json");
  writeFileSync(file, "hunter2");
  const seen = await run({ GOOGLE_APPLICATION_CREDENTIALS: file }, google);
  expect(seen).toMatchObject({ code: "Unauthenticated" });
});
