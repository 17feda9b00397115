import { fork } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { existsSync } from "node:fs";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import pMap from "p-map";
import { createStorage } from "unstorage";
import unstorageS3 from "unstorage/drivers/s3";
import { s3 } from "@coatcheck/storage-s3";
import { S3TestServer } from "@coatcheck/test-servers";
import { programPath } from "../../.ci/servers/go.ts";
import { minioCredentials, minioProgram, startMinio } from "../../.ci/servers/minio.ts";
import { type Contender, takeTurns, type Timed } from "../rounds.ts";

const KB = 1024;
const MB = KB * KB;
const bucket = "test-bucket";
const region = "us-east-1";

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface Server {
  readonly name: string;
  readonly endpoint: string;
  readonly credentials: Credentials;
  close(): Promise<void>;
}

/** One way of doing the operations. */
interface Client {
  readonly name: string;
  readonly put: (key: string, body: Buffer) => Promise<unknown>;
  /** All bytes. */
  readonly get: (key: string) => Promise<unknown>;
  readonly stat: (key: string) => Promise<unknown>;
  readonly delete: (key: string) => Promise<unknown>;
}

type Operation = Exclude<keyof Client, "name">;

const rows: readonly {
  readonly operation: Operation;
  readonly size: number;
  readonly text: string;
  readonly concurrency: number;
  /** Calls of one round. */
  readonly calls: number;
  readonly rounds: number;
}[] = [
  ...(["put", "get", "stat", "delete"] as const).map((operation) => ({
    operation,
    size: KB,
    text: "1 KB, 16 at once",
    concurrency: 16,
    calls: 64,
    rounds: 60,
  })),
  ...(["put", "get"] as const).flatMap((operation) => [
    { operation, size: 100 * KB, text: "100 KB, 16 at once", concurrency: 16, calls: 32, rounds: 40 },
    { operation, size: 10 * MB, text: "10 MB", concurrency: 1, calls: 1, rounds: 20 },
    { operation, size: 100 * MB, text: "100 MB", concurrency: 1, calls: 1, rounds: 9 },
  ]),
];

if (process.argv[2] === "--test-server") await serve();
else await measure(process.argv[2]);

async function serve(): Promise<void> {
  const { url } = await S3TestServer.start({ buckets: [bucket], accounts: [minioCredentials] });
  process.send!(url);
}

async function openServer(endpoint: string | undefined): Promise<Server> {
  if (endpoint !== undefined) {
    const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = process.env;
    return { name: endpoint, endpoint, credentials: { accessKeyId, secretAccessKey }, close: async () => {} };
  }
  const program = programPath(minioProgram);
  if (existsSync(program)) {
    const { url, close } = await startMinio(program);
    return { name: "MinIO", endpoint: url, credentials: minioCredentials, close };
  }
  const child = fork(process.argv[1]!, ["--test-server"]);
  const url = await new Promise<string>((resolve) => child.once("message", (message) => resolve(message as string)));
  return {
    name: "our test server",
    endpoint: url,
    credentials: minioCredentials,
    close: async () => void child.kill(),
  };
}

async function measure(given: string | undefined): Promise<void> {
  const server = await openServer(given);
  let requests = 0;
  for (const channel of ["http.client.request.start", "undici:request:create"]) subscribe(channel, () => requests++);
  const cpu = new Map<string, number>();
  const counts = new Map<string, number>();
  try {
    const clients = await open(server);
    console.log(
      `node ${process.version}, ${server.name}; relative to the first of each row: time, its quartiles, CPU;`,
    );
    console.log("then the time of a round, CPU and requests of a call");
    for (const { operation, size, text, concurrency, calls, rounds } of rows) {
      const body = Buffer.alloc(size, "coatcheck");
      const keys = Array.from({ length: calls }, (_, index) => `benchmark/${index}`);
      const all = async (work: (key: string) => Promise<unknown>): Promise<void> =>
        void (await pMap(keys, work, { concurrency }));
      await all((key) => clients[0]!.put(key, body));
      const contenders = clients.map((client): Contender => ({
        name: client.name,
        ...(operation === "delete" ? { prepare: () => all((key) => clients[0]!.put(key, body)) } : {}),
        run: async () => {
          const before = { cpu: process.cpuUsage(), requests };
          await all((key) => (operation === "put" ? client.put(key, body) : client[operation](key)));
          const { user, system } = process.cpuUsage(before.cpu);
          const at = `${client.name} ${operation} ${text}`;
          cpu.set(at, (cpu.get(at) ?? 0) + (user + system) / 1000);
          counts.set(at, (counts.get(at) ?? 0) + requests - before.requests);
        },
      }));
      const timed = await takeTurns(contenders, rounds);
      const per = (rounds + Math.min(3, rounds)) * calls;
      print(`${operation} ${text}`, timed, (name) => {
        const at = `${name} ${operation} ${text}`;
        return { cpu: cpu.get(at)! / per, requests: counts.get(at)! / per };
      });
    }
  } finally {
    await server.close();
  }
  process.exit();
}

async function open({ endpoint, credentials }: Server): Promise<Client[]> {
  const checksums = "WHEN_REQUIRED" as const;
  const options = {
    endpoint,
    region,
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: 256 } },
  };
  const bare = new S3Client({ ...options, credentials: { ...credentials }, expectContinueHeader: false });
  const at = (Key: string): { Bucket: string; Key: string } => ({ Bucket: bucket, Key });
  const storage = s3({ bucket, endpoint, region, credentials });
  const un = createStorage({ driver: unstorageS3({ bucket, endpoint, region, ...credentials }) });
  const clients: Client[] = [
    {
      name: "bare SDK",
      put: (key, Body) => bare.send(new PutObjectCommand({ ...at(key), Body })),
      get: async (key) => await (await bare.send(new GetObjectCommand(at(key)))).Body!.transformToByteArray(),
      stat: (key) => bare.send(new HeadObjectCommand(at(key))),
      delete: (key) => bare.send(new DeleteObjectCommand(at(key))),
    },
    {
      name: "@coatcheck/storage-s3",
      put: (key, body) => storage.put(key, body),
      get: async (key) => await (await storage.get(key))!.bytes(),
      stat: (key) => storage.stat(key),
      delete: (key) => storage.delete(key),
    },
    {
      name: "unstorage (no SDK)",
      put: (key, body) => un.setItemRaw(key, body),
      get: (key) => un.getItemRaw(key),
      stat: (key) => un.getMeta(key, { nativeOnly: true }),
      delete: (key) => un.removeItem(key),
    },
  ];
  try {
    const { S3Driver } = await import("flydrive/drivers/s3");
    const { Disk } = await import("flydrive");
    const client = new S3Client({ ...options, credentials: { ...credentials } });
    const fly = new Disk(new S3Driver({ client, bucket, visibility: "private", supportsACL: false }));
    clients.push({
      name: "flydrive",
      put: (key, body) => fly.put(key, body),
      get: (key) => fly.getBytes(key),
      stat: (key) => fly.getMetaData(key),
      delete: (key) => fly.delete(key),
    });
  } catch (error) {
    console.log(`skipped: flydrive: ${(error as Error).message}`);
  }
  return clients;
}

function print(
  title: string,
  timed: readonly Timed[],
  costs: (name: string) => { readonly cpu: number; readonly requests: number },
): void {
  console.log(`\n${title}`);
  const base = costs(timed[0]!.name).cpu;
  for (const { name, ms, ratio, quartiles } of timed) {
    const { cpu, requests } = costs(name);
    const spread = `${quartiles[0].toFixed(2)}–${quartiles[1].toFixed(2)}`;
    console.log(
      `  ${ratio.toFixed(2).padStart(5)}  ${spread.padEnd(10)}  ${(cpu / base).toFixed(2).padStart(5)}  ${name.padEnd(22)}` +
        `${ms.toFixed(1).padStart(8)} ms  ${cpu.toFixed(2).padStart(7)} ms  ${requests.toFixed(2)}`,
    );
  }
}
