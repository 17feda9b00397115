import { createHash } from "node:crypto";
import { s3 } from "@coatcheck/storage-s3";

// Streams so many MiB in and out, and tells whether they are equal and by how many bytes the process grew meanwhile.
const [, , endpoint, accessKeyId = "", secretAccessKey = "", size] = process.argv;
const total = Number(size) * 2 ** 20;
const storage = s3({ bucket: "test-bucket", endpoint: endpoint!, credentials: { accessKeyId, secretAccessKey } });
await storage.put("warm", new Uint8Array(100_000));
await (await storage.get("warm"))!.bytes();

const put = createHash("sha256");
async function* source(): AsyncGenerator<Uint8Array, void, void> {
  for (let sent = 0; sent < total; sent += 65_536) {
    const chunk = new Uint8Array(65_536).fill(sent / 65_536);
    put.update(chunk);
    yield chunk;
  }
}

const start = process.memoryUsage().rss;
let most = start;
const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5);
await storage.put("large", source());
const got = createHash("sha256");
for await (const chunk of (await storage.get("large"))!.stream()) got.update(chunk);
clearInterval(timer);
console.log(JSON.stringify({ equal: put.digest("hex") === got.digest("hex"), grown: most - start }));
await storage.deleteMany(["warm", "large"]);
await storage.close();
