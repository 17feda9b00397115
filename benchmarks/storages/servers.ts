import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { ContainerClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { azure } from "@coatcheck/storage-azure";
import { gcs } from "@coatcheck/storage-gcs";
import { s3 } from "@coatcheck/storage-s3";
import type { Storage } from "@coatcheck/core";
import { Azurite, GcsTestServer, S3TestServer } from "@coatcheck/test-servers";
import { programPath } from "../../.ci/servers/go.ts";
import { minioCredentials, minioProgram, startMinio } from "../../.ci/servers/minio.ts";

export const bucket = "test-bucket";
export const region = "us-east-1";

/** A server on this machine, in a process of its own, with an empty bucket. */
export interface Server<Credentials> {
  readonly name: string;
  readonly endpoint: string;
  readonly credentials: Credentials;
  close(): Promise<void>;
}

/** Keys of S3. */
export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** An account of Azure. */
export interface AzureKeys {
  readonly account: string;
  readonly key: string;
}

const FLAG = "--serve";

/** Where this process was started to be a server: is one, and resolves to true. */
export async function isServer(): Promise<boolean> {
  if (process.argv[2] !== FLAG) return false;
  const { url } =
    process.argv[3] === "s3"
      ? await S3TestServer.start({ buckets: [bucket], accounts: [minioCredentials] })
      : await GcsTestServer.start({ buckets: [bucket], accounts: [{ email: "allUsers" }] });
  process.send!(url);
  return true;
}

async function forkServer(type: "s3" | "gcs"): Promise<{ endpoint: string; close: () => Promise<void> }> {
  const child = fork(process.argv[1]!, [FLAG, type]);
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.once("message", (message) => resolve(message as string));
    child.once("exit", (code) => reject(new Error(`The server for ${type} ended with ${code}.`)));
  });
  return { endpoint, close: async () => void child.kill() };
}

/** Our test server for S3. */
export async function s3TestServer(): Promise<Server<S3Keys>> {
  return { name: "our test server", credentials: minioCredentials, ...(await forkServer("s3")) };
}

/** The server at `endpoint`, MinIO where `npm run test:servers` has built it, or our test server. */
export async function s3Server(endpoint: string | undefined): Promise<Server<S3Keys>> {
  if (endpoint !== undefined) {
    const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = process.env;
    return { name: endpoint, endpoint, credentials: { accessKeyId, secretAccessKey }, close: async () => {} };
  }
  const program = programPath(minioProgram);
  if (!existsSync(program)) return await s3TestServer();
  const { url, close } = await startMinio(program);
  return { name: "MinIO", endpoint: url, credentials: minioCredentials, close };
}

/** Our test server for GCS, which lets anybody in. */
export async function gcsServer(): Promise<Server<undefined>> {
  return { name: "our test server", credentials: undefined, ...(await forkServer("gcs")) };
}

/** Azurite. */
export async function azureServer(): Promise<Server<AzureKeys>> {
  const credentials = { account: "testaccount", key: Buffer.from("no secret").toString("base64") };
  const azurite = await Azurite.start({ name: credentials.account, key: credentials.key });
  const endpoint = `http://127.0.0.1:${azurite.port}/${credentials.account}`;
  const server = { name: "Azurite", endpoint, credentials, close: () => azurite.close() };
  await azureClient(server).create();
  return server;
}

/** Our storage on it. */
export const openS3 = ({ endpoint, credentials }: Server<S3Keys>): Storage =>
  s3({ bucket, endpoint, region, credentials });
/** Our storage on it. */
export const openGcs = ({ endpoint }: Server<undefined>): Storage => gcs({ bucket, endpoint });
/** Our storage on it. */
export const openAzure = ({ endpoint, credentials }: Server<AzureKeys>): Storage =>
  azure({ container: bucket, endpoint, accountKey: credentials.key });

/** The bare SDK's client of the container, which sends nothing twice. */
export function azureClient({ endpoint, credentials: { account, key } }: Server<AzureKeys>): ContainerClient {
  const credential = new StorageSharedKeyCredential(account, key);
  return new ContainerClient(`${endpoint}/${bucket}`, credential, { retryOptions: { maxTries: 1 } });
}
