import { readFileSync } from "node:fs";
import { S3TestServer } from "@coatcheck/test-servers";
import { type Observations, probe } from "./s3-probe.ts";
import { bucket, type S3Server } from "./s3-suites.ts";
import type { Suite } from "./server.ts";

/** Our S3 test server beside one that is not ours: the same requests, and every difference in the README of the servers. */
export function likeness({ endpoint, credentials }: S3Server, name: string): Suite {
  const { accessKeyId, secretAccessKey } = credentials;
  const account = { accessKeyId, secretAccessKey };
  return {
    name: "the same answers as our test server",
    define: (test) => {
      const listed = listedDifferences(name);
      let asked: Promise<readonly [Observations, Observations]> | undefined;
      const ask = async (): Promise<readonly [Observations, Observations]> => {
        const ours = await S3TestServer.start({ buckets: [bucket], accounts: [account] });
        try {
          return [
            await probe({ endpoint: ours.url, credentials, bucket }),
            await probe({ endpoint, credentials, bucket }),
          ];
        } finally {
          await ours.close();
        }
      };
      test("every difference is listed, and nothing else", async () => {
        const [ours, theirs] = await (asked ??= ask());
        const wrong = Object.keys(ours)
          .filter((request) => ours[request] !== theirs[request] && !listed.has(request))
          .map((request) => `${request}: ours ${ours[request]}; ${name}: ${theirs[request]}`);
        if (wrong.length > 0) throw new Error(`not in the README of the test servers:\n${wrong.join("\n")}`);
      });
      for (const [request, answers] of listed) {
        test(`differs as listed: ${request}`, async () => {
          const seen = (await (asked ??= ask())).map((observations) => observations[request]);
          if (seen.join("\n") === answers.join("\n")) return;
          throw new Error(`listed ${JSON.stringify(answers)}, seen ${JSON.stringify(seen)}`);
        });
      }
    },
  };
}

/** The rows of the table about this server: the request, what ours answers, what it answers. */
function listedDifferences(name: string): Map<string, readonly [string, string]> {
  const readme = readFileSync(new URL("../../../packages/test-servers/README.md", import.meta.url), "utf8");
  const section = readme.split(/^## /m).find((each) => each.startsWith(`S3: what ${name} answers otherwise`));
  const rows = [...(section ?? "").matchAll(/^\| `([^`]+)` +\| `([^`]+)` +\| `([^`]+)` +\| [^|]+ \|$/gm)];
  if (rows.length === 0)
    throw new Error(`The README of the test servers has no table of what ${name} answers otherwise.`);
  return new Map(rows.map(([, request, ours, theirs]) => [request!, [ours!, theirs!]]));
}
