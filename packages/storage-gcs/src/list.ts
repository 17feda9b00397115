import type { ListOptions, ListPage } from "@coatcheck/core";
import { bucketPath, INFO_FIELDS, infoOfResource, notGcs, type Resource } from "./info.ts";
import { jsonOf, type GcsRequests } from "./requests.ts";

/** Objects that one answer has, at most. */
const PAGE = 1000;

interface Listing {
  readonly kind?: string;
  readonly items?: readonly Resource[];
  readonly nextPageToken?: string;
}

/**
 * One page. The cursor is the last key of the page, not the service's token: it does not expire, and any limit goes with it.
 * The service begins a listing at a key, that one included; it is left out here.
 */
export async function listPage(
  requests: GcsRequests,
  bucket: string,
  { prefix, cursor, limit, signal }: ListOptions & { readonly limit: number },
): Promise<ListPage> {
  const query = {
    maxResults: String(Math.min(PAGE, cursor === undefined ? limit : limit + 1)),
    fields: `kind,items(${INFO_FIELDS}),nextPageToken`,
    ...(prefix === undefined || prefix === "" ? {} : { prefix }),
    ...(cursor === undefined ? {} : { startOffset: cursor }),
  };
  let token: string | undefined;
  for (;;) {
    const page = token === undefined ? query : { ...query, pageToken: token };
    const { items = [], nextPageToken }: Listing = await requests.retry(
      async () => {
        const answer = await requests.attempt({ method: "GET", path: bucketPath(bucket), query: page }, { signal });
        const listing = jsonOf<Listing>(answer);
        // JSON that is no listing gives an answer with nothing in it, as an empty listing must not.
        if (listing.kind !== "storage#objects") throw notGcs("no listing");
        return listing;
      },
      { signal },
    );
    const objects = items
      .map((item) => {
        if (item.name === undefined) throw notGcs("a listed object without name");
        return infoOfResource(item.name, item);
      })
      .filter(({ key }) => key !== cursor);
    const more = nextPageToken !== undefined || objects.length > limit;
    const taken = objects.slice(0, limit);
    if (!more) return { objects: taken };
    const last = taken.at(-1);
    if (last !== undefined) return { objects: taken, cursor: last.key };
    // The service may give a page with nothing in it before the last.
    token = nextPageToken;
  }
}
