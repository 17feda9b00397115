import { describe, test } from "@jest/globals";
import type { Storage } from "@coatcheck/core";
import { PART_LIMITS } from "@coatcheck/core/driver";
import { storageConformance } from "@coatcheck/testing";
import { azureServer } from "./support.ts";

const at = azureServer();

// What Azurite 3.35.0 does otherwise than Azure; azurite.test.ts has the whole list.
const gaps = {
  "list: in the same order page by page, with every limit; no page above it":
    "Azurite sorts names as JavaScript does, by UTF-16 units, so across pages keys beyond U+FFFF come before U+E000 to U+FFFF (LokiBlobMetadataStore.listBlobs)",
  "keys: invisible and direction-changing characters are kept as they are and told apart":
    "Azurite answers 500 to a listing that has U+FFFE or U+FFFF in a name, which Azure encodes (List Blobs: since version 2021-02-12)",
};
// Azure takes no Put Blob without it, and a header cannot stand in a URL (Put Blob: x-ms-blob-type is required).
const signedPutHeaders = { "x-ms-blob-type": "BlockBlob" };

describe("azure", () => {
  storageConformance({ test, gaps, signedPutHeaders, timeout: 55_000, open: () => at.open() });
});

describe("azure under a prefix", () => {
  // With shorter waits: what Azurite fails at is tried eight times.
  const open = (): Storage => at.openLimited(PART_LIMITS, { prefix: "some/prefix" });
  storageConformance({ test, gaps, signedPutHeaders, timeout: 55_000, open, largeBytes: 8 * 2 ** 20 + 1 });
});
