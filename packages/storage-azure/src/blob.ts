import type { BlockBlobClient, ContainerClient } from "@azure/storage-blob";
import { StorageError } from "@coatcheck/core";

/** Segments that a URL folds. All else that it would change is percent-encoded: `%2e` too, of which `%252e` is made. */
const FOLDED = /(?:^|\/)\.\.?(?:\/|$)/;

/** The client of one blob. Throws `InvalidKey` where it would be another's, as {@link pathOf} does. */
export function blobOf(container: ContainerClient, key: string): BlockBlobClient {
  pathOf(key);
  return container.getBlockBlobClient(key);
}

/**
 * The path of a blob below that of its container, as the SDK encodes it. Throws `InvalidKey` where the SDK would send
 * another one: it folds segments such as `..`, so that a blob could be of another container.
 */
export function pathOf(key: string): string {
  try {
    if (!FOLDED.test(key)) return encodeURIComponent(key).replaceAll("%2F", "/").replaceAll("'", "%27");
  } catch {
    // What cannot be encoded.
  }
  throw new StorageError({ code: "InvalidKey", detail: "Azure would take it for another name. Choose another key." });
}
