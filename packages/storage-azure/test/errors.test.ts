import { expect, test } from "@jest/globals";
import {
  ContainerClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import type { Storage, StorageError, StorageErrorCode } from "@coatcheck/core";
import type { AzureOptions } from "@coatcheck/storage-azure";
import {
  answering,
  bytesOf,
  errorTests,
  everything,
  expectAll,
  expectBytes,
  expectNoSecret,
  failure,
  failures,
  KIB,
  ONCE,
  read,
  text,
} from "@coatcheck/test-support/cloud";
import { azureServer, clientOf, container, openWith } from "./support.ts";

const at = azureServer();

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
const openBy = (sasToken: string): Storage => openAs({ accountKey: undefined, sasToken });

errorTests(at, { failed: [{ status: 500, code: "OperationTimedOut" }], version: 'ETag: "1"\r\nx-ms-request-id: 1' });

// Azure answers AuthenticationFailed; Azurite AuthorizationFailure, and with a head there is no text to tell it by.
test("Azure: an account key that is wrong, a SAS that has expired or was changed, no credentials", async () => {
  const wrong = /the account key is wrong, or the SAS has expired, begins later or was changed\. Correct them/;
  const key = Buffer.from("wrong").toString("base64");
  const anonymous = new ContainerClient(`${at.server.endpoint}/${container}`);
  for (const storage of [
    openAs({ accountKey: key }),
    openBy(sasOf("racwdl", -1000)),
    openBy(sasOf("r").replace("sp=r", "sp=racwdl")),
    openWith(at, anonymous),
  ]) {
    expectAll(await failures(at, storage, ["stat"]), "Unauthenticated", wrong);
    await failure(storage.stat("key"), "PermissionDenied");
  }
  for (const code of ["AuthenticationFailed", "InvalidAuthenticationInfo", "NoAuthenticationInformation"]) {
    at.server.inject({ at: "request", times: 100, action: { status: 403, code } });
    expectAll(await failures(at, openAs({})), "Unauthenticated", wrong);
    at.server.reset();
  }
});

test("Azure: a credential that has no token, and one that would be sent without TLS", async () => {
  const refused = Object.assign(new Error("no identity here"), { name: "CredentialUnavailableError" });
  const given = { accountKey: undefined, credential: { getToken: () => Promise.reject(refused) } };
  const plain = await failure(openAs(given).stat("key"), "Misconfigured");
  expect(plain.detail).toMatch(/a token is not sent to http:.* which is not https/);
  const secure = openAs({ ...given, endpoint: "https://127.0.0.1:1/testaccount" });
  expect((await failure(secure.stat("key"), "Unauthenticated")).detail).toMatch(/no token .*: no identity here/);
});

test("Azure: no credential stands in an error, whatever is looked at", async () => {
  const key = Buffer.from("wrong-secret-wrong-secret").toString("base64");
  const sas = sasOf("racwdl", -1000);
  const signature = new URLSearchParams(sas).get("sig")!;
  const connectionString = at.server.connectionString.replace(at.server.account.key, key);
  const secrets = [key, sas, signature, encodeURIComponent(signature)];
  for (const storage of [
    openAs({ accountKey: key }),
    openBy(sas),
    openAs({ endpoint: undefined, accountKey: undefined, connectionString }),
    at.openLimited(
      { policy: ONCE },
      { endpoint: at.endpointOf("http://127.0.0.1:1"), accountKey: undefined, sasToken: sas },
    ),
  ]) {
    await expectNoSecret(at, storage, secrets, /sig=|SharedKey|[Aa]uthorization:/);
  }
});

test("Azure: the least permissions: r to read, w to write, d to delete, l to list, in a SAS", async () => {
  await at.open().put("key", text("value"));
  const denied = /do not allow it in the container "test-container": the SAS lacks the permission/;
  const reader = openBy(sasOf("rl"));
  expectAll(await failures(at, reader, ["get", "stat", "list"]), "PermissionDenied", denied);
  expectBytes(await read(reader, "key"), text("value"));
  expect((await reader.stat("key"))!.size).toBe(5);
  expect((await reader.list()).objects).toHaveLength(1);
  const only = openBy(sasOf("r"));
  expectAll(await failures(at, only, ["get", "stat"]), "PermissionDenied", denied);
  // With exactly what the README names, everything works.
  const all = openBy(sasOf("rwdl"));
  for (const [name, run] of Object.entries(everything(at, all))) {
    if (name === "create") await all.delete("key");
    if (name === "delete a version") await all.put("key", text("value"));
    await run().catch((error: unknown) => {
      if (name !== "delete a version" || (error as StorageError).code !== "Conflict") throw error;
    });
  }
  // Forbidden is never "not found".
  const blind = openBy(sasOf("w"));
  await failure(blind.get("never"), "PermissionDenied");
  await failure(blind.stat("never"), "PermissionDenied");
});

test("Azure: what an account refuses by its rules, and what blobs refuse by theirs", async () => {
  const answers: Record<string, [number, StorageErrorCode, RegExp]> = {
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
    expectAll(await failures(at, openAs({})), expected, detail);
    at.server.reset();
  }
});

test("Azure: blobs that others made under a key: with a lease, with snapshots, of another type, uncommitted", async () => {
  const storage = openAs({ prefix: "others" });
  const client = clientOf(at.server);
  await storage.put("leased", text("value"));
  const lease = client.getBlobClient("others/leased").getBlobLeaseClient();
  await lease.acquireLease(-1);
  expectBytes(await read(storage, "leased"), text("value"));
  await failure(storage.put("leased", text("other")), "PermissionDenied");
  await failure(storage.put("leased", bytesOf(200 * KIB)), "PermissionDenied");
  await failure(storage.delete("leased"), "PermissionDenied");
  await lease.releaseLease();

  const { version } = await storage.put("snapped", text("value"));
  await client.getBlobClient("others/snapped").createSnapshot();
  await storage.put("snapped", text("other"), { when: { version } });
  expectBytes(await read(storage, "snapped"), text("other"));
  await failure(storage.delete("snapped"), "PermissionDenied");

  const append = client.getAppendBlobClient("others/append");
  await append.create();
  await append.appendBlock("appended", 8);
  expectBytes(await read(storage, "append"), text("appended"));
  await failure(storage.put("append", text("other"), { when: "absent" }), "AlreadyExists");
  const inParts = await failure(storage.put("append", bytesOf(200 * KIB)), "NotSupported");
  expect(inParts.detail).toMatch(/append blob or a page blob.*Delete it first/);
  const there = await storage.stat("append");
  await storage.put("append", text("other"), { when: { version: there!.version } });
  expectBytes(await read(storage, "append"), text("other"));
  await client.getPageBlobClient("others/page").create(512);
  expectBytes(await read(storage, "page"), new Uint8Array(512));

  await client.getBlockBlobClient("others/uncommitted").stageBlock(Buffer.alloc(48).toString("base64"), "x", 1);
  expect(await storage.stat("uncommitted")).toBe(undefined);
  expect(await read(storage, "uncommitted")).toBe(undefined);
  expect((await storage.list({ prefix: "unc" })).objects).toEqual([]);
  await failure(storage.put("uncommitted", text("x"), { when: { version: "0x1" } }), "Conflict");
  await storage.put("uncommitted", bytesOf(200 * KIB), { when: "absent" });
  await failure(storage.put("uncommitted", bytesOf(200 * KIB), { when: "absent" }), "AlreadyExists");
});

test("Azure: a clock that is wrong is an error of its own, which says by how much", async () => {
  at.server.clockOffset = 3_600_000;
  at.server.inject({ at: "request", times: 1000, action: { status: 403, code: "AuthenticationFailed" } });
  expectAll(await failures(at, openAs({})), "Unauthenticated", /clock of this machine is 60 minutes off.* Set it/);
});

test("Azure: not found is what Azure says, and not what anybody says", async () => {
  const notFound = "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  for (const run of ["get", "stat", "delete"] as const)
    await failure((await answering(at, notFound))[run]("key"), "Unavailable");
});
