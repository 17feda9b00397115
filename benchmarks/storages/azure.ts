import { Report } from "../report.ts";
import { type Client, compare, ours } from "./cloud.ts";
import { azureClient, azureServer, openAzure } from "./servers.ts";

const report = new Report("Azure Blob Storage, beside the bare SDK", { peers: ["@azure/storage-blob", "azurite"] });
const server = await azureServer();
try {
  report.note(`On ${server.name}. CPU is that of the client's process alone.`);
  const blobs = azureClient(server);
  const bare: Client = {
    name: "bare SDK",
    put: (key, body) => blobs.getBlockBlobClient(key).upload(body, body.byteLength),
    get: (key) => blobs.getBlockBlobClient(key).downloadToBuffer(),
    stat: (key) => blobs.getBlockBlobClient(key).getProperties(),
    delete: (key) => blobs.getBlockBlobClient(key).delete(),
  };
  await compare(report, [bare, ours("@coatcheck/storage-azure", openAzure(server))]);
  await report.save();
} finally {
  await server.close();
}
process.exit();
