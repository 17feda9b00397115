import { createServer, type Server } from "node:net";
import { inspect } from "node:util";
import { afterEach, expect, test } from "@jest/globals";
import {
  ContainerClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { type Storage, StorageError } from "@coatcheck/core";
import type { AzureOptions } from "@coatcheck/storage-azure";
import { azureServer, bytesOf, container, failure, KIB, read, sameBytes, streamOf, text } from "./support.ts";

const at = azureServer();

/** Every operation, on one key. */
function everything(storage: Storage): Record<string, () => Promise<unknown>> {
  return {
    get: () => read(storage, "key"),
    stat: () => storage.stat("key"),
    list: () => storage.list(),
    put: () => storage.put("key", text("value")),
    create: () => storage.put("key", text("value"), { when: "absent" }),
    large: () => storage.put("key", bytesOf(200 * KIB)),
    stream: () => storage.put("key", streamOf(bytesOf(200 * KIB))),
    delete: () => storage.delete("key"),
    "delete a version": () => storage.delete("key", { when: { version: "0x1" } }),
    deleteMany: async () => {
      await storage.deleteMany(["key"]).catch((error: unknown) => {
        throw error instanceof AggregateError ? (error.errors[0] as Error) : error;
      });
    },
  };
}

/** What each operation rejects with; each must be a StorageError that names the place and, but for a list, the key. */
async function failures(storage: Storage, leaveOut: readonly string[] = []): Promise<Record<string, StorageError>> {
  const errors: Record<string, StorageError> = {};
  for (const [name, run] of Object.entries(everything(storage))) {
    if (leaveOut.includes(name)) continue;
    const error = await run().then(
      () => new Error(`${name} did not fail`),
      (reason: unknown) => reason,
    );
    if (!(error instanceof StorageError)) throw error;
    expect(error.message).toContain(`in ${storage.url}: `);
    if (name !== "list") expect(error.message).toContain('"key"');
    errors[name] = error;
  }
  return errors;
}

function expectAll(errors: Record<string, StorageError>, code: string, detail: RegExp): void {
  for (const [name, error] of Object.entries(errors)) {
    expect([name, error.code, detail.test(error.detail) ? "" : error.detail]).toEqual([name, code, ""]);
  }
}

/** A SAS for the container, with these permissions. */
function sasOf(permissions: string, expiresIn = 3_600_000): string {
  const { name, key } = at.server.account;
  const signer = new StorageSharedKeyCredential(name, key);
  const values = {
    containerName: container,
    permissions: ContainerSASPermissions.parse(permissions),
    startsOn: new Date(Date.now() - 7_200_000),
    expiresOn: new Date(Date.now() + expiresIn),
  };
  return generateBlobSASQueryParameters(values, signer).toString();
}

const openAs = (given: Partial<AzureOptions>): Storage => at.openLimited({}, given);
const openWith = (sasToken: string): Storage => openAs({ accountKey: undefined, sasToken });

test("a container that is not there", async () => {
  const errors = await failures(openAs({ container: "missing-container" }));
  expectAll(
    errors,
    "Misconfigured",
    /there is no container "missing-container" in the account\. Create it, or correct/,
  );
});

// Azure answers AuthenticationFailed; Azurite AuthorizationFailure, and with a head there is no text to tell it by.
test("an account key that is wrong, a SAS that has expired or was changed, no credentials", async () => {
  const wrong = /the account key is wrong, or the SAS has expired, begins later or was changed\. Correct them/;
  const key = Buffer.from("wrong").toString("base64");
  const anonymous = new ContainerClient(`${at.server.endpoint}/${container}`);
  const own = { container: undefined, endpoint: undefined, accountKey: undefined, client: anonymous };
  for (const storage of [
    openAs({ accountKey: key }),
    openWith(sasOf("racwdl", -1000)),
    openWith(sasOf("r").replace("sp=r", "sp=racwdl")),
    openAs(own),
  ]) {
    expectAll(await failures(storage, ["stat"]), "Unauthenticated", wrong);
    await failure(storage.stat("key"), "PermissionDenied");
  }
  for (const code of ["AuthenticationFailed", "InvalidAuthenticationInfo", "NoAuthenticationInformation"]) {
    at.server.inject({ at: "request", times: 100, action: { status: 403, code } });
    expectAll(await failures(openAs({})), "Unauthenticated", wrong);
    at.server.reset();
  }
});

test("a credential that has no token, and one that would be sent without TLS", async () => {
  const refused = Object.assign(new Error("no identity here"), { name: "CredentialUnavailableError" });
  const given = { accountKey: undefined, credential: { getToken: () => Promise.reject(refused) } };
  const plain = await failure(openAs(given).stat("key"), "Misconfigured");
  expect(plain.detail).toMatch(/a token is not sent to http:.* which is not https/);
  const secure = openAs({ ...given, endpoint: "https://127.0.0.1:1/testaccount" });
  expect((await failure(secure.stat("key"), "Unauthenticated")).detail).toMatch(/no token .*: no identity here/);
});

test("no credential stands in an error, whatever is looked at", async () => {
  const key = Buffer.from("wrong-secret-wrong-secret").toString("base64");
  const sas = sasOf("racwdl", -1000);
  const signature = new URLSearchParams(sas).get("sig")!;
  const connectionString = at.server.connectionString.replace(at.server.account.key, key);
  const secrets = [key, sas, signature, encodeURIComponent(signature)];
  const broken = { policy: { attempts: 1, budget: 1, firstDelay: 1, maxDelay: 1 } };
  for (const storage of [
    openAs({ accountKey: key }),
    openWith(sas),
    openAs({ endpoint: undefined, accountKey: undefined, connectionString }),
    at.openLimited(broken, { endpoint: "http://127.0.0.1:1/testaccount", accountKey: undefined, sasToken: sas }),
  ]) {
    for (const error of Object.values(await failures(storage))) {
      const looked = [
        inspect(error, { depth: 9, showHidden: true }),
        JSON.stringify(error),
        error.stack,
        String(error),
      ];
      const shown = looked.join();
      for (const secret of secrets) expect(shown).not.toContain(secret);
      expect(shown).not.toMatch(/sig=|SharedKey|[Aa]uthorization:/);
    }
  }
});

test("the least permissions: r to read, w to write, d to delete, l to list, in a SAS", async () => {
  await at.open().put("key", text("value"));
  const denied = /do not allow it in the container "test-container": the SAS lacks the permission/;
  const reader = openWith(sasOf("rl"));
  expectAll(await failures(reader, ["get", "stat", "list"]), "PermissionDenied", denied);
  expect(await read(reader, "key")).toEqual(text("value"));
  expect((await reader.stat("key"))!.size).toBe(5);
  expect((await reader.list()).objects).toHaveLength(1);
  const only = openWith(sasOf("r"));
  expectAll(await failures(only, ["get", "stat"]), "PermissionDenied", denied);
  // With exactly what the README names, everything works.
  const all = openWith(sasOf("rwdl"));
  for (const [name, run] of Object.entries(everything(all))) {
    if (name === "create") await all.delete("key");
    if (name === "delete a version") await all.put("key", text("value"));
    await run().catch((error: unknown) => {
      if (name !== "delete a version" || (error as StorageError).code !== "Conflict") throw error;
    });
  }
  // Forbidden is never "not found".
  const blind = openWith(sasOf("w"));
  await failure(blind.get("never"), "PermissionDenied");
  await failure(blind.stat("never"), "PermissionDenied");
});

test("what an account refuses by its rules, and what blobs refuse by theirs", async () => {
  const answers: Record<string, [number, string, RegExp]> = {
    AuthorizationFailure: [403, "PermissionDenied", /network rules/],
    AuthorizationSourceIPMismatch: [403, "PermissionDenied", /network rules/],
    KeyBasedAuthenticationNotPermitted: [403, "Unauthenticated", /forbids keys.* option credential/],
    PublicAccessNotPermitted: [409, "Unauthenticated", /Correct them/],
    AccountIsDisabled: [403, "PermissionDenied", /account is disabled/],
    BlobImmutableDueToPolicy: [409, "PermissionDenied", /immutable/],
    BlobArchived: [409, "PermissionDenied", /Rehydrate it first/],
    LeaseIdMissing: [412, "PermissionDenied", /holds a lease/],
    InvalidResourceName: [400, "InvalidKey", /Choose another key/],
    InvalidHeaderValue: [400, "NotSupported", /--skipApiVersionCheck/],
    SomethingNew: [400, "Unknown", /does not know.* \(400 SomethingNew\)/],
  };
  for (const [code, [status, expected, detail]] of Object.entries(answers)) {
    at.server.inject({ at: "request", times: 1000, action: { status, code } });
    expectAll(await failures(openAs({})), expected, detail);
    at.server.reset();
  }
});

test("blobs that others made under a key: with a lease, with snapshots, of another type, uncommitted", async () => {
  const storage = openAs({ prefix: "others" });
  const client = at.client;
  await storage.put("leased", text("value"));
  const lease = client.getBlobClient("others/leased").getBlobLeaseClient();
  await lease.acquireLease(-1);
  expect(await read(storage, "leased")).toEqual(text("value"));
  await failure(storage.put("leased", text("other")), "PermissionDenied");
  await failure(storage.put("leased", bytesOf(200 * KIB)), "PermissionDenied");
  await failure(storage.delete("leased"), "PermissionDenied");
  await lease.releaseLease();

  const { version } = await storage.put("snapped", text("value"));
  await client.getBlobClient("others/snapped").createSnapshot();
  await storage.put("snapped", text("other"), { when: { version } });
  expect(await read(storage, "snapped")).toEqual(text("other"));
  await failure(storage.delete("snapped"), "PermissionDenied");

  const append = client.getAppendBlobClient("others/append");
  await append.create();
  await append.appendBlock("appended", 8);
  expect(await read(storage, "append")).toEqual(text("appended"));
  await failure(storage.put("append", text("other"), { when: "absent" }), "AlreadyExists");
  const inParts = await failure(storage.put("append", bytesOf(200 * KIB)), "NotSupported");
  expect(inParts.detail).toMatch(/append blob or a page blob.*Delete it first/);
  const there = await storage.stat("append");
  await storage.put("append", text("other"), { when: { version: there!.version } });
  expect(await read(storage, "append")).toEqual(text("other"));
  await client.getPageBlobClient("others/page").create(512);
  expect(await read(storage, "page")).toEqual(new Uint8Array(512));

  await client.getBlockBlobClient("others/uncommitted").stageBlock(Buffer.alloc(48).toString("base64"), "x", 1);
  expect(await storage.stat("uncommitted")).toBe(undefined);
  expect(await read(storage, "uncommitted")).toBe(undefined);
  expect((await storage.list({ prefix: "unc" })).objects).toEqual([]);
  await failure(storage.put("uncommitted", text("x"), { when: { version: "0x1" } }), "Conflict");
  await storage.put("uncommitted", bytesOf(200 * KIB), { when: "absent" });
  await failure(storage.put("uncommitted", bytesOf(200 * KIB), { when: "absent" }), "AlreadyExists");
});

test("an endpoint that refuses the connection, and one that nobody knows", async () => {
  const limits = { policy: { attempts: 2, budget: 5000, firstDelay: 1, maxDelay: 1 } };
  const refusing = at.openLimited(limits, { endpoint: "http://127.0.0.1:1/testaccount" });
  const errors = await failures(refusing);
  expectAll(errors, "Unavailable", /http:\/\/127\.0\.0\.1:1\/testaccount cannot be reached \(ECONNREFUSED\)/);
  // Nothing was sent, so nothing can have been written.
  for (const error of Object.values(errors)) expect([error.retryable, error.ambiguous]).toEqual([true, false]);
  const nowhere = at.openLimited(limits, { endpoint: "http://nowhere.invalid/testaccount" });
  expect((await failure(nowhere.stat("key"), "Unavailable")).detail).toMatch(/cannot be reached/);
});

test("a server that answers with a web page, or with noise", async () => {
  for (const action of ["garbage", "noise"] as const) {
    at.server.inject({ at: "request", times: 1000, action });
    const storage = at.openLimited({ policy: { attempts: 2, budget: 5000, firstDelay: 1, maxDelay: 1 } });
    const errors = await failures(storage);
    for (const [name, error] of Object.entries(errors)) expect([name, error.code]).toEqual([name, "Unavailable"]);
    at.server.reset();
  }
});

test("a clock that is wrong is an error of its own, which says by how much", async () => {
  at.server.clockOffset = 3_600_000;
  at.server.inject({ at: "request", times: 1000, action: { status: 403, code: "AuthenticationFailed" } });
  expectAll(await failures(openAs({})), "Unauthenticated", /clock of this machine is 60 minutes off.* Set it/);
});

test("a service that keeps asking for fewer requests, or keeps failing", async () => {
  at.server.inject({ at: "request", times: 1000, action: { status: 503, code: "ServerBusy" } });
  const errors = await failures(openAs({}));
  expectAll(errors, "RateLimited", /asks for fewer requests\. Try again later/);
  for (const error of Object.values(errors)) expect([error.retryable, error.ambiguous]).toEqual([true, false]);
  for (const code of ["InternalError", "OperationTimedOut"]) {
    at.server.reset();
    at.server.inject({ at: "request", times: 1000, action: { status: 500, code } });
    expectAll(await failures(openAs({})), "Unavailable", /the service failed/);
  }
});

test("Retry-After is waited for, and not where that would go past the budget", async () => {
  const busy = (after: string): object => ({ status: 503, code: "ServerBusy", headers: { "retry-after": after } });
  at.server.inject({ at: "request", action: busy("1") as never });
  const started = performance.now();
  await openAs({}).put("key", text("value"));
  expect(performance.now() - started).toBeGreaterThan(990);
  at.server.inject({ at: "request", action: busy("3600") as never });
  await failure(openAs({}).put("key", text("value")), "RateLimited");
});

const raw: Server[] = [];
afterEach(() => raw.splice(0).forEach((server) => server.close()));

/** A server that answers every request with these bytes and ends the connection. */
async function answering(answer: string): Promise<Storage> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(answer));
  });
  raw.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const policy = { attempts: 2, budget: 5000, firstDelay: 1, maxDelay: 1 };
  return at.openLimited({ policy }, { endpoint: `http://127.0.0.1:${port}/testaccount` });
}

test("answers that lack what every answer of Azure has", async () => {
  const head = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
  const dated = `${head}Last-Modified: Fri, 20 Nov 2026 10:00:00 GMT\r\n`;
  for (const answer of [
    `${head}Content-Length: 2\r\n\r\nab`,
    `${dated}Content-Length: 2\r\n\r\nab`,
    `${dated}ETag: "1"\r\n\r\nab`,
  ]) {
    await failure((await answering(answer)).get("key"), "Unavailable");
  }
  const whole = `${dated}ETag: "1"\r\nContent-Length: 2\r\n\r\nab`;
  const object = await (await answering(whole)).get("key");
  expect(sameBytes(await object!.bytes(), text("ab"))).toBe(true);
  // A range was asked for, and all of it came.
  await failure((await answering(whole)).get("key", { range: { start: 1 } }), "Unavailable");
  // "Not found" is what Azure says, and not what anybody says.
  const notFound = "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  for (const run of ["get", "stat", "delete"] as const)
    await failure((await answering(notFound))[run]("key"), "Unavailable");
});
