import type { ContainerListBlobFlatSegmentResponse as Page } from "@azure/storage-blob";
import { compareKeys, type ListOptions, type ListPage } from "@coatcheck/core";
import type { Requests } from "@coatcheck/core/driver";
import type { Connection } from "./client.ts";
import { infoOf, notAzure } from "./info.ts";

/**
 * One page of List Blobs. The cursor is the service's own. A page is put in the order of UTF-8 bytes, which the service's
 * own may not be beyond U+FFFF.
 */
export async function listPage(
  requests: Requests<Connection>,
  { prefix, cursor, limit, signal }: ListOptions & { readonly limit: number },
): Promise<ListPage> {
  const page = await requests.send(
    async ({ client }, abortSignal) => {
      const pages = client.listBlobsFlat({ ...(prefix ? { prefix } : {}), abortSignal });
      const settings = { maxPageSize: limit, ...(cursor ? { continuationToken: cursor } : {}) };
      try {
        const { value } = (await pages.byPage(settings).next()) as { value: Page };
        return value;
      } catch (error) {
        // Of XML that is no listing the SDK reads what is not there.
        throw error instanceof TypeError ? notAzure("no listing") : error;
      }
    },
    { signal },
  );
  const objects = page.segment.blobItems
    .map(({ name, properties }) => infoOf(name, properties.contentLength, properties))
    .toSorted((a, b) => compareKeys(a.key, b.key));
  const next = page.continuationToken;
  return next === undefined || next === "" ? { objects } : { objects, cursor: next };
}
