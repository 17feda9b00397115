import type { ListOptions, ListPage, ObjectInfo } from "@coatcheck/core";
import { infoOf, notS3 } from "./info.ts";
import { needing, type S3Requests } from "./requests.ts";

/**
 * One page of ListObjectsV2. The cursor is the last key of the page, not the service's token: it does not expire, and
 * any limit goes with it.
 */
export async function listPage(
  requests: S3Requests,
  bucket: string,
  { prefix, cursor, limit, signal }: ListOptions & { readonly limit: number },
): Promise<ListPage> {
  const input = {
    Bucket: bucket,
    MaxKeys: limit,
    // Keys may hold what XML cannot.
    EncodingType: "url" as const,
    ...(prefix === undefined || prefix === "" ? {} : { Prefix: prefix }),
    ...(cursor === undefined ? {} : { StartAfter: cursor }),
  };
  const output = await requests.send(
    needing("s3:ListBucket", async ({ send, sdk }, abortSignal) => {
      const answer = await send(new sdk.ListObjectsV2Command(input), abortSignal);
      // XML that is no listing gives an answer with nothing in it, as an empty listing must not.
      if (answer.IsTruncated === undefined && answer.KeyCount === undefined) throw notS3("no listing");
      return answer;
    }),
    { signal },
  );
  const decode = output.EncodingType === "url" ? decoded : (key: string) => key;
  const objects = (output.Contents ?? []).map(({ Key, Size, ...described }): ObjectInfo => {
    if (Key === undefined) throw notS3("a listed object without key");
    return infoOf(decode(Key), Size, described);
  });
  const last = objects.at(-1);
  if (output.IsTruncated !== true) return { objects };
  if (last === undefined) throw notS3("an empty page that is not the last");
  return { objects, cursor: last.key };
}

function decoded(key: string): string {
  return decodeURIComponent(key.replaceAll("+", " "));
}
