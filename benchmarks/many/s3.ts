import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { ResultStore } from "@coatcheck/core";
import { bucket, openS3, region, type S3Keys, type Server } from "../storages/servers.ts";
import { bytesOnly } from "./local.ts";
import { body, each, many, oneByOne, type Way } from "./way.ts";

/** All ways to keep results on this server. They share the bucket, each under a prefix of its own where they can. */
export function s3Ways(server: Server<S3Keys>): Way[] {
  const store = new ResultStore({ storage: openS3(server), serializer: bytesOnly, cacheBytes: 0 });
  const { name: _, ...one } = oneByOne(store);
  // The keys of each are its own, or a write would find the others' results.
  const under = (name: string, keys: readonly string[]): string[] => keys.map((key) => `${name}/${key}`);
  return [
    bareSdk(server),
    many(store),
    { name: "write, one after another", write: (keys) => one.write!(under("one", keys)) },
  ];
}

function bareSdk({ endpoint, credentials }: Server<S3Keys>): Way {
  const client = new S3Client({
    endpoint,
    region,
    credentials: { ...credentials },
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    expectContinueHeader: false,
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: 256 } },
  });
  const at = (key: string): { Bucket: string; Key: string } => ({ Bucket: bucket, Key: `bare/${key}` });
  const get = async (key: string, Range?: string): Promise<void> => {
    const { Body } = await client.send(new GetObjectCommand({ ...at(key), Range }));
    await Body!.transformToByteArray();
  };
  async function* keys(): AsyncGenerator<string> {
    for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: "bare/many/" })) {
      for (const { Key } of page.Contents ?? []) yield Key!.slice("bare/".length);
    }
  }
  const all = async (call: (key: string) => unknown): Promise<void> => {
    const found: string[] = [];
    for await (const key of keys()) found.push(key);
    await each(found, call);
  };
  return {
    name: "p-map over the bare SDK",
    write: (many) => each(many, (key) => client.send(new PutObjectCommand({ ...at(key), Body: body }))),
    exists: (many) => each(many, (key) => client.send(new HeadObjectCommand(at(key)))),
    read: (many) => each(many, (key) => get(key)),
    list: () => all(() => undefined),
    headers: () => all((key) => get(key, "bytes=0-4095")),
    prune: () =>
      all(async (key) => {
        await get(key, "bytes=0-4095");
        await client.send(new DeleteObjectCommand(at(key)));
      }),
  };
}
