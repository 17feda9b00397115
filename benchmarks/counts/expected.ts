import type { Counts } from "./compare.ts";

/** No HEAD before, no second look after. */
const oneRequest = {
  "put 1 KB": 1,
  "create 1 KB": 1,
  "get 1 KB": 1,
  "stat 1 KB": 1,
  "list 4": 1,
  "delete 1 KB": 1,
  "put 8 MiB": 1, // Up to here a body goes in one request.
  "get 8 MiB": 1,
  "get 100 MiB, streamed": 1, // On a connection that is not slow.
};
const oneRequestOfAStore = {
  "write 1 KB": 1,
  "read 1 KB": 1,
  "read 1 KB by reference": 1,
  "exists 1 KB": 1, // The header, by a range.
  "get again": 0, // A Result holds its value.
  "read 8 MiB": 1, // Header and payload in one.
  "exists 8 MiB": 1,
};

/** Bytes go out as they came, and are gathered once where somebody wants them in one piece. */
const networkCopies = {
  "put 8 MiB": 0,
  "get 8 MiB": 1, // From the socket's chunks into the value.
  "put 100 MiB, streamed": 1, // Into parts, which can be sent again.
  "get 100 MiB, streamed": 0,
};
const networkBuffers = { "put 8 MiB": 0, "get 8 MiB": 1 };
const storeOnNetworkCopies = { "write 8 MiB": 0, "read 8 MiB": 1, "exists 8 MiB": 0 };

/**
 * What operations may cost: each count that `npm run bench -- --quick` takes, exactly. Who makes one smaller writes it here, so
 * that it stays; who makes one larger says here why it has to be.
 */
export const expected: Counts = {
  // Every operation looks whether its folder is still the one it was (statSync, and lstatSync for one's own folders).
  "local: system calls": {
    // Looking at what is there; open, write, futimes, fsync, fstat, close of the temporary file; symlink, lstat and unlink of
    // the lock; rename; open, fsync, close of the folder.
    "put 1 KB": 18,
    "create 1 KB": 16, // link and unlink for rename, and no lock.
    "get 1 KB": 6, // open, fstat, read, fstat (has nobody written into it?), close.
    "stat 1 KB": 2,
    "list 4": 7, // readdir, and lstat for each.
    "delete 1 KB": 11,
    "put 8 MiB": 18, // One writev: it is written from where it lies.
    "get 8 MiB": 6, // One read, into the value.
    "put 100 MiB, streamed": 116, // One writev for 1 MiB.
    "get 100 MiB, streamed": 205, // Reads of 512 KiB.
  },
  "local: buffers made": {
    "put 1 KB": 1, // The name of the temporary file.
    "create 1 KB": 1,
    "get 1 KB": 2, // The value; and one byte more, to find out that it ends there.
    "stat 1 KB": 0,
    "list 4": 0,
    "delete 1 KB": 0,
  },
  "local: bytes of buffers made, for each of the value": { "put 8 MiB": 0, "get 8 MiB": 1 },
  "local: bytes copied, for each of the value": {
    "put 8 MiB": 0,
    "get 8 MiB": 0,
    "put 100 MiB, streamed": 1, // Into a block that is worth a call: while it is written the next one fills.
    "get 100 MiB, streamed": 0,
  },
  "ResultStore on local: system calls": {
    "write 1 KB": 19, // As put, with the header written before.
    "read 1 KB": 6,
    "read 1 KB by reference": 6,
    "exists 1 KB": 6,
    "write 8 MiB": 19, // Header and payload in one writev; the digest, worked out meanwhile, in a trailer.
    "read 8 MiB": 15, // In pieces, so that the digest is worked out beside reading.
    "exists 8 MiB": 6, // One read of 4 KiB.
    "get again": 0,
  },
  "ResultStore on local: buffers made": {
    "write 1 KB": 2, // The header, and the name of the temporary file.
    "read 1 KB": 4,
    "read 1 KB by reference": 4,
    "exists 1 KB": 2,
    "get again": 0,
  },
  "ResultStore on local: bytes of buffers made, for each of the value": {
    "write 8 MiB": 0,
    "read 8 MiB": 1,
    "exists 8 MiB": 0,
  },
  "ResultStore on local: bytes copied, for each of the value": { "write 8 MiB": 0, "read 8 MiB": 0, "exists 8 MiB": 0 },

  // Create, 13 parts of 8 MiB, complete.
  "S3: requests": { ...oneRequest, "put 100 MiB, streamed": 15 },
  "S3: bytes of buffers made, for each of the value": networkBuffers,
  "S3: bytes copied, for each of the value": networkCopies,
  "ResultStore on S3: requests": { ...oneRequestOfAStore, "write 8 MiB": 1 },
  "ResultStore on S3: bytes of buffers made, for each of the value": storeOnNetworkCopies,
  "ResultStore on S3: bytes copied, for each of the value": storeOnNetworkCopies,

  // Begin, 13 chunks of 8 MiB: the last completes it.
  "GCS: requests": { ...oneRequest, "put 100 MiB, streamed": 14 },
  "GCS: bytes of buffers made, for each of the value": networkBuffers,
  "GCS: bytes copied, for each of the value": networkCopies,
  "ResultStore on GCS: requests": { ...oneRequestOfAStore, "write 8 MiB": 2 }, // With the header it is over 8 MiB.
  "ResultStore on GCS: bytes of buffers made, for each of the value": storeOnNetworkCopies,
  "ResultStore on GCS: bytes copied, for each of the value": storeOnNetworkCopies,

  // 13 blocks of 8 MiB, and their list.
  "Azure: requests": { ...oneRequest, "put 100 MiB, streamed": 14 },
  "Azure: bytes of buffers made, for each of the value": networkBuffers,
  "Azure: bytes copied, for each of the value": networkCopies,
  "ResultStore on Azure: requests": { ...oneRequestOfAStore, "write 8 MiB": 1 },
  "ResultStore on Azure: bytes of buffers made, for each of the value": storeOnNetworkCopies,
  "ResultStore on Azure: bytes copied, for each of the value": storeOnNetworkCopies,

  // Those of core that each needs are in its count.
  "modules of ours that are loaded": {
    "import core": 24,
    "import flows": 144,
    "import storage-local": 44,
    "import storage-s3": 57,
    "import storage-gcs": 58,
    "import storage-azure": 58,
    "import serializer-json": 60,
    "import serializer-msgpack": 71,
    "import serializer-compressed": 38,
    "import serializer-encrypted": 30,
    "first result, local and json by name": 103,
    "first result, local and msgpack by name": 114,
  },
  // No SDK before it is used.
  "packages of others that are loaded": {
    "import core": 0,
    "import flows": 0,
    "import storage-local": 0,
    "import storage-s3": 0,
    "import storage-gcs": 0,
    "import storage-azure": 0,
    "import serializer-json": 0,
    "import serializer-msgpack": 1, // msgpackr.
    "import serializer-compressed": 0,
    "import serializer-encrypted": 0,
    "first result, local and json by name": 0,
    "first result, local and msgpack by name": 1,
  },
};
