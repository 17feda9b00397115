import { ContainerClient } from "@azure/storage-blob";
import { azure } from "@coatcheck/storage-azure";

// Uses a container with tokens only, and tells what came of it.
const [, , endpoint] = process.argv;
const seconds = Math.floor(Date.now() / 1000);
const times = { iat: seconds - 60, nbf: seconds - 60, exp: seconds + 3600 };
const claims = { aud: "https://storage.azure.com", iss: "https://sts.windows.net/tenant/", oid: "user", tid: "tenant" };
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const token = `${part({ alg: "none" })}.${part({ ...claims, ...times })}.${part({})}`;
const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };

await new ContainerClient(`${endpoint}/tokens`, credential).create();
const storage = azure({ container: "tokens", endpoint: endpoint!, credential });
const bytes = new TextEncoder().encode("value");
await storage.put("key", bytes, { when: "absent" });
await storage.put("large", new Uint8Array(9 * 2 ** 20));
const read = new TextDecoder().decode(await (await storage.get("key"))!.bytes());
const get = await fetch(await storage.sign("key", { operation: "get", expiresIn: 60_000 }));
const url = await storage.sign("put", { operation: "put", expiresIn: 60_000 });
const put = await fetch(url, { method: "PUT", headers: { "x-ms-blob-type": "BlockBlob" }, body: "put" });
const other = await fetch(url.replace("/tokens/put?", "/tokens/key?"));
await storage.deleteMany(["large"]);
const keys = (await storage.list()).objects.map(({ key }) => key);
const signed = [get.status, await get.text(), put.status, other.status];
console.log(JSON.stringify({ read, signed, keys, delegated: new URL(url).searchParams.get("skoid") }));
await storage.close();
