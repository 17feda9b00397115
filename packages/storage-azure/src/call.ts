import type { BlockBlobClient, ContainerClient, Pipeline } from "@azure/storage-blob";
import { blobOf, pathOf } from "./blob.ts";
import type { Sdk } from "./client.ts";
import { answerStatus, noteRepeated } from "./errors.ts";

/**
 * Makes one call of the client of the blob at a key, which must be given this signal: an abort ends it. `InvalidKey` where
 * the SDK would take the key for another blob's.
 */
export type CallBlob = <T>(
  key: string,
  abortSignal: AbortSignal,
  call: (blob: BlockBlobClient) => Promise<T>,
) => Promise<T>;

/** Where a signal has the path of the blob that is called with it. */
const PATH = Symbol("path of the blob");
/** Where requests would go that nobody has given a path: a name that is never found (RFC 6761). */
const NOWHERE = "http://nowhere.invalid/container/blob";

interface Placed extends AbortSignal {
  [PATH]?: string;
}

/** Calls over a client that is somebody else's, and is left as it is. */
export function callOver(container: ContainerClient): CallBlob {
  return async (key, abortSignal, call) =>
    await countAttempts(abortSignal, async () => await call(blobOf(container, key)));
}

/**
 * Calls over a client of our own, made with `pipeline`: by one client for all blobs, of which the SDK would make one for
 * each, with all that belongs to it, in a tenth of the time that a call takes. A step of the pipeline puts in the URL.
 */
export function callOverOwn(sdk: Sdk, container: ContainerClient, pipeline: Pipeline): CallBlob {
  const { origin, pathname, search } = new URL(container.url);
  const above = `${origin}${pathname}/`;
  class AnyBlob extends sdk.BlockBlobClient {
    constructor() {
      super(NOWHERE + search, pipeline);
      this.storageClientContext.pipeline.addPolicy({
        name: "coatcheckBlobPolicy",
        sendRequest: async (request, next) => {
          const path = (request.abortSignal as Placed | undefined)?.[PATH];
          if (path !== undefined && request.url.startsWith(NOWHERE)) {
            request.url = above + path + request.url.slice(NOWHERE.length);
          }
          return await next(request);
        },
      });
    }
  }
  let blob: BlockBlobClient;
  try {
    blob = new AnyBlob();
  } catch (error) {
    // Where the pipeline is belongs to the SDK's classes: a version that has it elsewhere is called as it is meant to be.
    if (error instanceof TypeError) return callOver(container);
    throw error;
  }
  return async (key, abortSignal, call) => {
    (abortSignal as Placed)[PATH] = pathOf(key);
    return await call(blob);
  };
}

/**
 * Makes a call with a signal of its own, and notes on the error it fails with where the client may have sent the request
 * more than once, as one that is not ours does by itself. The SDK tells of that in one way only: its HTTP client listens
 * to the signal anew for each attempt.
 */
async function countAttempts<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  let attempts = 0;
  const listen = signal.addEventListener.bind(signal);
  signal.addEventListener = (...listener: Parameters<typeof listen>): void => {
    attempts++;
    listen(...listener);
  };
  try {
    return await call();
  } catch (error) {
    // Another HTTP client need not listen; one that was answered has sent something.
    if (attempts > 1 || (attempts === 0 && answerStatus(error) !== undefined)) noteRepeated(error);
    throw error;
  }
}
