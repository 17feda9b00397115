import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { Disk } from "flydrive";
import { S3Driver } from "flydrive/drivers/s3";
import { createStorage } from "unstorage";
import unstorageS3 from "unstorage/drivers/s3";
import { s3 } from "@coatcheck/storage-s3";
import { argument, Report } from "../report.ts";
import { type Client, compare, ours } from "./cloud.ts";
import { bucket, isServer, openS3, region, type S3Keys, s3Server, type Server } from "./servers.ts";

if (!(await isServer())) {
  const report = new Report("S3, beside the bare SDK and what one would pick instead", {
    peers: ["@aws-sdk/client-s3", "unstorage", "aws4fetch", "flydrive"],
  });
  const server = await s3Server(argument("at"));
  try {
    report.note(`On ${server.name}. CPU is that of the client's process alone.`);
    await compare(report, clientsOf(server));
    await report.save();
  } finally {
    await server.close();
  }
  process.exit();
}

function clientsOf(server: Server<S3Keys>): Client[] {
  const { endpoint, credentials } = server;
  const checksums = "WHEN_REQUIRED" as const;
  const options = {
    endpoint,
    region,
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: 256 } },
  };
  const made = (config: S3ClientConfig = {}): S3Client =>
    new S3Client({ ...options, credentials: { ...credentials }, expectContinueHeader: false, ...config });
  const un = createStorage({ driver: unstorageS3({ bucket, endpoint, region, ...credentials }) });
  const fly = new Disk(new S3Driver({ client: made(), bucket, visibility: "private", supportsACL: false }));
  const weaker = "no conditional put, lost answers are errors";
  return [
    bare("bare SDK", made()),
    ours("@coatcheck/storage-s3", openS3(server)),
    ours("the same, client given", s3({ bucket, endpoint, client: made() })),
    bare("bare SDK, cacheMiddleware", made({ cacheMiddleware: true }), "no abort, no time limit"),
    {
      name: "unstorage",
      note: `no SDK; ${weaker}`,
      put: (key, body) => un.setItemRaw(key, body),
      get: (key) => un.getItemRaw(key),
      stat: (key) => un.getMeta(key, { nativeOnly: true }),
      delete: (key) => un.removeItem(key),
    },
    {
      name: "flydrive",
      note: weaker,
      put: (key, body) => fly.put(key, body),
      get: (key) => fly.getBytes(key),
      stat: (key) => fly.getMetaData(key),
      delete: (key) => fly.delete(key),
    },
  ];
}

function bare(name: string, client: S3Client, note?: string): Client {
  const at = (Key: string): { Bucket: string; Key: string } => ({ Bucket: bucket, Key });
  return {
    name,
    ...(note === undefined ? {} : { note }),
    put: (key, Body) => client.send(new PutObjectCommand({ ...at(key), Body })),
    get: async (key) => await (await client.send(new GetObjectCommand(at(key)))).Body!.transformToByteArray(),
    stat: (key) => client.send(new HeadObjectCommand(at(key))),
    delete: (key) => client.send(new DeleteObjectCommand(at(key))),
  };
}
