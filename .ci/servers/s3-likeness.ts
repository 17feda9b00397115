import { S3TestServer } from "@coatcheck/test-servers";
import { sameAnswers } from "./likeness.ts";
import { probe } from "./s3-probe.ts";
import { bucket, type S3Server } from "./s3-suites.ts";
import type { Suite } from "../suite.ts";

/** Our S3 test server beside one that is not ours. */
export function likeness({ endpoint, credentials }: S3Server, name: string): Suite {
  const { accessKeyId, secretAccessKey } = credentials;
  const account = { accessKeyId, secretAccessKey };
  return sameAnswers(`S3: what ${name} answers otherwise`, name, async () => {
    const ours = await S3TestServer.start({ buckets: [bucket], accounts: [account] });
    try {
      return [await probe({ endpoint: ours.url, credentials, bucket }), await probe({ endpoint, credentials, bucket })];
    } finally {
      await ours.close();
    }
  });
}
