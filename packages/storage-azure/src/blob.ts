import type { BlockBlobClient, ContainerClient } from "@azure/storage-blob";
import { StorageError } from "@coatcheck/core";

/**
 * The client of one blob. Throws `InvalidKey` where its URL is not that of the key: the SDK folds segments such as `..`,
 * so that a blob could be of another container.
 */
export function blobOf(container: ContainerClient, key: string): BlockBlobClient {
  try {
    const blob = container.getBlockBlobClient(key);
    const above = `${new URL(container.url).pathname}/`;
    const { pathname } = new URL(blob.url);
    if (pathname.startsWith(above) && decodeURIComponent(pathname.slice(above.length)) === key) return blob;
  } catch {
    // What the SDK cannot make a URL of.
  }
  throw new StorageError({ code: "InvalidKey", detail: "Azure would take it for another name. Choose another key." });
}
