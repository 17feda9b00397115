import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { BlobServiceClient, ContainerClient } from "@azure/storage-blob";
import { openStorage, registerBlock } from "@coatcheck/core";
import { azure, type AzureOptions } from "@coatcheck/storage-azure";
import {
  bytesOf,
  expectBytes,
  failure,
  lazyTest,
  MIB,
  read,
  refusalBy,
  requestTest,
  streamOf,
  text,
} from "@coatcheck/test-support/cloud";
import { azureServer, clientOf, container } from "./support.ts";

const at = azureServer();
const account = "testaccount";

const VARIABLES = ["CONNECTION_STRING", "ACCOUNT", "KEY", "SAS_TOKEN"].map((name) => `AZURE_STORAGE_${name}`);
const before = VARIABLES.map((name) => process.env[name]);
const clear = (): void => VARIABLES.forEach((name) => delete process.env[name]);
clear();
afterEach(() => {
  clear();
  VARIABLES.forEach((name, index) => before[index] !== undefined && (process.env[name] = before[index]));
});

const refusal = (options: object): string => refusalBy(azure, options);

test("options that cannot be are refused at once, and say why", () => {
  expect(refusal({})).toBe('InvalidOption: Storage type azure needs the option "container" (a string).');
  expect(refusal({ container })).toMatch(/^InvalidOption: .*"account", "endpoint" or "connectionString"/);
  expect(refusal({ container, acount: "x" })).toMatch(/^UnknownOption: .* Did you mean "account"\?/);
  for (const wrong of ["", "ab", "Upper", "under_score", "a--b", "-ab", "ab-", "a.b", "a/b", "..", "x".repeat(64)]) {
    expect(refusal({ container: wrong, account })).toMatch(/^InvalidOption: .*"container" is the name of a container/);
  }
  for (const taken of ["abc", "a-b", "0a1", "x".repeat(63)])
    expect(refusal({ container: taken, account })).toBe("taken");
  expect(refusal({ container: "$root", account })).toMatch(/Azure's/);
  for (const wrong of ["ab", "Upper", "with-hyphen", "x".repeat(25), "a/b"]) {
    expect(refusal({ container, account: wrong })).toMatch(/^InvalidOption: .*"account"/);
  }
  for (const endpoint of ["localhost:10000", "ftp://host", "nothing", "https://host#a"]) {
    expect(refusal({ container, endpoint })).toMatch(/^InvalidOption: .*"endpoint"/);
  }
  expect(refusal({ container, endpoint: "https://h/?sv=1&sig=hunter2" })).toMatch(/sasToken/);
  expect(refusal({ container, endpoint: "https://user:hunter2@host" })).toMatch(/cannot hold a user or a password/);
  expect(refusal({ container, connectionString: "AccountName=abc;EndpointSuffix=core.windows.net" })).toMatch(
    /neither/,
  );
  expect(refusal({ container, account, connectionString: at.server.connectionString })).toMatch(
    /"account" cannot be given/,
  );
  expect(refusal({ container, account, accountKey: "a", sasToken: "b" })).toMatch(
    /"accountKey" and "sasToken", not both/,
  );
  expect(refusal({ container, account, accountKey: "no base64!" })).toMatch(/base64/);
  expect(refusal({ container, account, sasToken: "sv=1" })).toMatch(/has sig=/);
  expect(refusal({ container, account, credential: {} })).toMatch(/no getToken/);
  expect(refusal({ container, client: {} })).toMatch(/ContainerClient/);
  expect(refusal({ client: clientOf(at.server), account })).toMatch(/cannot be given with "client"/);
  expect(refusal({ client: clientOf(at.server), accountKey: "aGk=" })).toMatch(/cannot be given with "client"/);
  expect(refusal({ client: clientOf(at.server), container: "other" })).toMatch(/the client is for "test-container"/);
  const service = new BlobServiceClient(at.server.endpoint);
  expect(refusal({ client: service })).toMatch(/of a BlobServiceClient, what its getContainerClient gives/);
});

test("what is refused is not repeated where it may be secret", () => {
  for (const options of [
    { connectionString: "hunter2" },
    { connectionString: "AccountKey=hunter2" },
    { account, accountKey: "hunter2!" },
    { account, sasToken: "hunter2" },
    { endpoint: "https://user:hunter2@host" },
    { endpoint: "https://host?sig=hunter2" },
    { account, credential: "hunter2" },
  ]) {
    const shown = refusal({ container, ...options });
    expect(shown).toMatch(/^InvalidOption/);
    expect(shown).not.toMatch(/hunter2/);
  }
});

test("the URL says where it is, canonical and without secrets", () => {
  const url = (options: AzureOptions): string => azure({ container, ...options }).url;
  expect(url({ account })).toBe("az://test-container?account=testaccount");
  expect(url({ account, prefix: "a b/c" })).toBe("az://test-container/a%20b/c?account=testaccount");
  for (const same of ["https://testaccount.blob.core.windows.net", "HTTPS://TestAccount.blob.core.windows.net:443/"]) {
    expect(url({ endpoint: same })).toBe(url({ account }));
  }
  expect(url({ account, endpoint: "https://my.example.com" })).toBe(
    "az://test-container?account=testaccount&endpoint=https%3A%2F%2Fmy.example.com",
  );
  expect(url({ connectionString: `AccountName=${account};AccountKey=aHVudGVyMg==` })).toBe(url({ account }));
  expect(url({ account, accountKey: "aHVudGVyMg==" })).toBe(url({ account }));
  expect(url({ account, sasToken: "?sv=1&sig=hunter2" })).toBe(url({ account }));
  expect(azure({ client: clientOf(at.server) }).url).toBe(at.open().url);
  const china = "AccountName=abc;AccountKey=aGk=;EndpointSuffix=core.chinacloudapi.cn;DefaultEndpointsProtocol=https";
  expect(url({ connectionString: china })).toContain(encodeURIComponent("https://abc.blob.core.chinacloudapi.cn"));
  expect(url({ connectionString: "UseDevelopmentStorage=true" })).toBe(
    "az://test-container?account=devstoreaccount1&endpoint=http%3A%2F%2F127.0.0.1%3A10000%2Fdevstoreaccount1",
  );
});

test("its URL opens the same place, with the credentials of the environment", async () => {
  for (const options of [{}, { prefix: "some/pre fix" }]) {
    const storage = at.open(options);
    expect((await openStorage(storage.url)).url).toBe(storage.url);
  }
  const storage = at.open({ prefix: "by-url" });
  await storage.put("key", text("value"));
  const sets: Record<string, string>[] = [
    { AZURE_STORAGE_CONNECTION_STRING: at.server.connectionString },
    { AZURE_STORAGE_KEY: at.server.account.key },
    { AZURE_STORAGE_KEY: at.server.account.key, AZURE_STORAGE_ACCOUNT: account },
  ];
  for (const set of sets) {
    Object.assign(process.env, set);
    const opened = await openStorage(storage.url);
    expectBytes(await read(opened, "key"), text("value"));
    clear();
  }
  process.env.AZURE_STORAGE_CONNECTION_STRING = at.server.connectionString;
  expect(azure({ container }).url).toBe(at.open().url);
  expectBytes(await read(azure({ container, prefix: "by-url" }), "key"), text("value"));
});

test("credentials of the environment go to their own account, and to Azure or where they say, and nowhere else", async () => {
  process.env.AZURE_STORAGE_ACCOUNT = "another";
  process.env.AZURE_STORAGE_KEY = at.server.account.key;
  const none =
    /no credentials were given for http:\/\/127\.0\.0\.1:\d+\/testaccount, and those of this machine are sent to Azure only/;
  const storage = azure({ container, endpoint: at.server.endpoint });
  expect((await failure(storage.stat("key"), "Unauthenticated")).detail).toMatch(none);
  clear();
  process.env.AZURE_STORAGE_SAS_TOKEN = "sv=1&sig=hunter2";
  expect((await failure(storage.stat("key"), "Unauthenticated")).detail).toMatch(none);
  clear();
  process.env.AZURE_STORAGE_CONNECTION_STRING = "AccountName=another;AccountKey=aGk=";
  expect((await failure(storage.stat("key"), "Unauthenticated")).detail).toMatch(none);
  expect(at.server.requests).toEqual([]);
});

test("without any credentials it says what to give, or which package finds them", async () => {
  const error = await failure(azure({ container, account: "nobodyhasthisname" }).stat("key"), "MissingPackage");
  expect(error.detail).toMatch(/set AZURE_STORAGE_CONNECTION_STRING, or run: npm install @azure\/identity/);
});

test("credentials cannot stand in a URL", async () => {
  for (const name of ["accountKey", "sasToken", "connectionString", "credential"]) {
    await expect(openStorage(`az://test-container?account=abc&${name}=hunter2`)).rejects.toThrow(/which is secret/);
  }
  registerBlock("azure/test", { container, connectionString: at.server.connectionString });
  const storage = await openStorage("azure/test");
  expect(storage.url).toBe(at.open().url);
  expect(JSON.stringify(storage)).not.toContain(at.server.account.key);
});

requestTest(at, (storage) => ({
  "a put of 32 MiB": [() => storage.put("whole", bytesOf(32 * MIB)), { PutBlob: 1 }],
  "a put of 70 MiB": [() => storage.put("large", bytesOf(70 * MIB)), { PutBlock: 3, PutBlockList: 1 }],
  "a put of a stream of 20 MiB": [
    () => storage.put("stream", streamOf(bytesOf(20 * MIB))),
    { PutBlock: 3, PutBlockList: 1 },
  ],
  "a stat of nothing": [() => storage.stat("never"), { GetBlobProperties: 1 }],
  deleteMany: [() => storage.deleteMany(["a", "b"]), { BlobBatch: 1 }],
  "deleteMany of 257": [() => storage.deleteMany(Array.from({ length: 257 }, (_, at) => `${at}`)), { BlobBatch: 2 }],
}));

test("an object is kept under its key, with its media type and its write id, and nothing else is", async () => {
  const storage = at.open({ prefix: "some/prefix" });
  for (const [key, body] of Object.entries({ "a b/ü": text("value"), "parts/ü": bytesOf(33 * MIB) })) {
    await storage.put(key, body, { contentType: "text/plain" });
    const there = await clientOf(at.server).getBlobClient(`some/prefix/${key}`).getProperties();
    expect(there).toMatchObject({ contentType: "text/plain", blobType: "BlockBlob", contentLength: body.byteLength });
    expect(there.metadata).toEqual({ coatcheck_write_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
  }
  const names: string[] = [];
  for await (const { name } of clientOf(at.server).listBlobsFlat({ prefix: "some/", includeUncommitedBlobs: true }))
    names.push(name);
  expect(names).toEqual(["some/prefix/a b/ü", "some/prefix/parts/ü"]);
});

test("a client of one's own is used as it is", async () => {
  const client = clientOf(at.server, 3);
  const storage = azure({ client, prefix: "own" });
  await storage.put("key", text("value"), { when: "absent" });
  await storage.close();
  const second = azure({ client, container, prefix: "own" });
  expectBytes(await read(second, "key"), text("value"));
  expect(await second.sign("key", { operation: "get", expiresIn: 1000 })).toContain(
    `${at.server.endpoint}/test-container/own/key?`,
  );
  expect(await client.getBlobClient("own/key").exists()).toBe(true);
});

test("a client without credentials signs nothing, and a storage with a SAS says so beforehand", async () => {
  const storage = azure({ client: new ContainerClient(`${at.server.endpoint}/${container}`) });
  const { detail } = await failure(storage.sign("key", { operation: "get", expiresIn: 1000 }), "NotSupported");
  expect(detail).toMatch(/Give other credentials/);
  const bySas = azure({ container, endpoint: at.server.endpoint, sasToken: "sv=1&sig=abc" });
  expect(bySas.capabilities.sign).toBe(false);
  await failure(bySas.sign("key", { operation: "get", expiresIn: 1000 }), "NotSupported");
  for (const expiresIn of [0, 999, 7 * 86_400_000 + 1, NaN]) {
    await failure(at.open().sign("key", { operation: "get", expiresIn }), "Misconfigured");
  }
});

test("a signed URL to put needs one header, and without it writes nothing", async () => {
  const url = await at.open().sign("signed", { operation: "put", expiresIn: 60_000 });
  expect((await fetch(url, { method: "PUT", body: "value" })).status).toBe(400);
  expect(await at.open().stat("signed")).toBe(undefined);
  const headers = { "x-ms-blob-type": "BlockBlob" };
  expect((await fetch(url, { method: "PUT", headers, body: "value" })).status).toBe(201);
  expectBytes(await read(at.open(), "signed"), text("value"));
});

lazyTest(at, join(__dirname, "lazy.child.ts"));
