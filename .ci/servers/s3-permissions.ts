import { readFileSync } from "node:fs";
import { s3, type S3Credentials } from "@coatcheck/storage-s3";
import { type Storage, StorageError } from "@coatcheck/core";
import { type DefineTest, storageConformance } from "@coatcheck/testing";
import { bucket, type S3Server } from "./s3-suites.ts";
import type { Suite } from "../suite.ts";
import { signedRequest } from "./signed-request.ts";

interface Policy {
  readonly Version: string;
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Action: string | string[];
    readonly Resource: string;
  }[];
}

const prefix = "results";

/** Above what one request puts: in parts. */
const large = new Uint8Array(9 * 2 ** 20);

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.byteLength; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

/** What is refused without a permission, and what its error must name. */
const refused: Readonly<Record<string, readonly ((storage: Storage) => Promise<unknown>)[]>> = {
  "s3:GetObject": [async (storage) => await (await storage.get("there"))?.bytes(), (storage) => storage.stat("there")],
  "s3:PutObject": [
    (storage) => storage.put("new", large.subarray(0, 10)),
    (storage) => storage.put("new", streamOf(large)),
  ],
  "s3:DeleteObject": [
    (storage) => storage.delete("there"),
    async (storage) => {
      await storage.deleteMany(["there"]).catch((error: unknown) => {
        throw error instanceof AggregateError ? error.errors[0] : error;
      });
    },
  ],
  // AWS also refuses to say that a key is not there; MinIO says so.
  "s3:ListBucket": [(storage) => storage.list()],
};

/**
 * The policy in the README of `storage-s3` on a server that enforces policies: the whole kit runs with exactly these
 * permissions, and without any one of them what needs it is refused with an error that names it.
 */
export function leastPermissions(server: S3Server): Suite[] {
  const { endpoint, credentials } = server;
  const open = (given: S3Credentials): Storage => s3({ bucket, prefix, endpoint, credentials: given });
  const policy = documentedPolicy();
  let least: Promise<S3Credentials> | undefined;
  const session = async (): Promise<S3Credentials> => await (least ??= sessionOf(server, policy));
  return [
    {
      name: "with the least permissions",
      define: (test) => {
        storageConformance({ test, open: async () => open(await session()), gaps: server.gaps });
      },
    },
    {
      name: "without one of the least permissions",
      define: (test) => {
        test("the policy allows no other prefix", async () => {
          const other = s3({ bucket, prefix: "other", endpoint, credentials: await session() });
          await expectDenied(other.put("key", large.subarray(0, 1)), "s3:PutObject");
        });
        defineRefusals(test, policy, async (without) => open(await sessionOf(server, without)), open(credentials));
      },
    },
  ];
}

function defineRefusals(
  test: DefineTest,
  policy: Policy,
  openWith: (policy: Policy) => Promise<Storage>,
  owner: Storage,
): void {
  for (const permission of policy.Statement.flatMap(({ Action }) => Action)) {
    test(`without ${permission}`, async () => {
      await owner.put("there", large.subarray(0, 10));
      const storage = await openWith(without(policy, permission));
      if (permission === "s3:AbortMultipartUpload") {
        const put = storage.put("there", streamOf(large), { when: "absent" });
        await expectCode(put, "AlreadyExists", `Parts of the upload were left behind`, permission);
        return;
      }
      const attempts = refused[permission];
      if (attempts === undefined) throw new Error(`The policy has ${permission}, of which nothing is known here.`);
      for (const attempt of attempts) await expectDenied(attempt(storage), permission);
    });
  }
}

async function expectDenied(promise: Promise<unknown>, permission: string): Promise<void> {
  await expectCode(promise, "PermissionDenied", "it needs", permission);
}

async function expectCode(promise: Promise<unknown>, code: string, ...texts: readonly string[]): Promise<void> {
  const error = await promise.then(
    () => new Error("it was allowed"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StorageError) || error.code !== code) throw error;
  for (const text of texts) if (!error.detail.includes(text)) throw new Error(`"${text}" is not in: ${error.detail}`);
}

/** The policy that the README gives, for the bucket of the tests. */
function documentedPolicy(): Policy {
  const readme = readFileSync(new URL("../../../packages/storage-s3/README.md", import.meta.url), "utf8");
  const block = /## Permissions\n+```json\n([\s\S]*?)```/.exec(readme)?.[1];
  if (block === undefined) throw new Error("The README of storage-s3 has no policy.");
  return JSON.parse(block.replaceAll("my-bucket", bucket)) as Policy;
}

function without(policy: Policy, permission: string): Policy {
  const statements = policy.Statement.map((statement) => {
    const actions = [statement.Action].flat().filter((action) => action !== permission);
    return { ...statement, Action: actions };
  });
  return { ...policy, Statement: statements.filter(({ Action }) => Action.length > 0) };
}

/** Temporary credentials that may do what the policy says, and nothing else. */
async function sessionOf({ endpoint, credentials }: S3Server, policy: Policy): Promise<S3Credentials> {
  const form = { Action: "AssumeRole", Version: "2011-06-15", DurationSeconds: "3600", Policy: JSON.stringify(policy) };
  const { status, body } = await signedRequest({
    endpoint,
    credentials,
    service: "sts",
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  });
  const text = body.toString();
  if (status !== 200) throw new Error(`AssumeRole was answered with ${status}: ${text}`);
  const element = (name: string): string => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)![1]!;
  return {
    accessKeyId: element("AccessKeyId"),
    secretAccessKey: element("SecretAccessKey"),
    sessionToken: element("SessionToken"),
  };
}
