import {
  type Abortable,
  type DeleteOptions,
  type DriverBody,
  type DriverObject,
  type DriverPutOptions,
  type GetOptions,
  type ListOptions,
  type ListPage,
  type ObjectInfo,
  type SignOptions,
  type StorageCapabilities,
  type StorageDriver,
  StorageError,
} from "@coatcheck/core";
import {
  EVERY_CAPABILITY,
  type FoundWrite,
  type HeldPart,
  PART_LIMITS,
  RANGE_LIMITS,
  RETRY_POLICY,
  splitStream,
} from "@coatcheck/core/driver";
import type { ClientSettings } from "./client.ts";
import { isMissingObject } from "./errors.ts";
import { INFO_FIELDS, infoOfResource, objectPath, type Resource, WRITE_ID } from "./info.ts";
import { listPage } from "./list.ts";
import type { Place } from "./place.ts";
import { readObject } from "./read.ts";
import { remove, removeVersion } from "./remove.ts";
import { jsonOf, type GcsLimits, GcsRequests } from "./requests.ts";
import { signedUrl } from "./sign.ts";
import { Uploader, type UploadTarget } from "./upload.ts";

const TIB = 2 ** 40;

/** What GCS allows, and how long it is waited for. */
const LIMITS: GcsLimits = Object.freeze({
  ...PART_LIMITS,
  // The first GiB in chunks of 8 MiB, twice as large with each further one.
  growAfter: 128,
  count: Infinity,
  maxSize: 5 * TIB,
  policy: RETRY_POLICY,
  ranges: RANGE_LIMITS,
  idleTimeout: 60_000,
});

/** Keeps each object as an object of a bucket, under its key. */
export class GcsDriver implements StorageDriver {
  readonly type = "gcs";
  readonly url: string;
  readonly capabilities: StorageCapabilities = EVERY_CAPABILITY;
  readonly #bucket: string;
  readonly #requests: GcsRequests;
  readonly #uploader: Uploader;
  readonly #limits: GcsLimits;

  /** `limits` are for tests: what takes gigabytes and minutes with those of GCS. */
  constructor(place: Place, settings: ClientSettings, limits: GcsLimits = LIMITS) {
    this.url = place.url;
    this.#bucket = place.bucket;
    this.#limits = limits;
    this.#requests = new GcsRequests(place, settings, limits);
    this.#uploader = new Uploader(this.#requests, place.bucket, (key, signal) => this.#find(key, signal));
  }

  async get(key: string, options: GetOptions): Promise<DriverObject | undefined> {
    const { range, signal } = options;
    // A range of nothing cannot be asked for.
    const empty = range !== undefined && range.end === range.start;
    const object = empty ? "beyond" : await readObject(this.#requests, this.#bucket, key, options);
    if (object !== "beyond") return object;
    const info = await this.stat(key, { signal });
    return info && { info, body: (async function* () {})(), cancel: async () => {} };
  }

  async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
    const { size, ...rest } = options;
    const { maxSize, partSize } = this.#limits;
    if (size !== undefined && size > maxSize) {
      const detail = `it has ${size} bytes, and the service takes ${maxSize} at most. Split it.`;
      throw new StorageError({ code: "TooLarge", detail });
    }
    const target: UploadTarget = { ...rest, key };
    if (!Array.isArray(body)) return await this.#putStream(target, body as AsyncIterable<Uint8Array>, size);
    const chunks = body as readonly Uint8Array[];
    return size! <= partSize
      ? await this.#uploader.single(target, chunks, size!)
      : await this.#uploader.resumable(target, chunks, size!);
  }

  async #putStream(
    target: UploadTarget,
    source: AsyncIterable<Uint8Array>,
    size: number | undefined,
  ): Promise<ObjectInfo> {
    const { partSize, maxHeld, growAfter, count } = this.#limits;
    const sizeOf = (index: number): number => Math.min(maxHeld, partSize * 2 ** Math.floor(index / growAfter));
    const parts = splitStream(source, sizeOf, count);
    try {
      const first = (await parts.next()).value!;
      const second = await parts.next();
      if (second.done === true) return await this.#uploader.single(target, first.chunks, first.size);
      return await this.#uploader.parts(target, followed([first, second.value], parts), sizeOf, size);
    } finally {
      // Not waited for: a source that stalls may never answer.
      parts.return().catch(() => {});
    }
  }

  async stat(key: string, { signal }: Abortable): Promise<ObjectInfo | undefined> {
    return (await this.#find(key, signal))?.info;
  }

  async #find(key: string, signal: AbortSignal | undefined): Promise<FoundWrite | undefined> {
    const query = { fields: `${INFO_FIELDS},metadata` };
    const call = { method: "GET", path: objectPath(this.#bucket, key), query } as const;
    return await this.#requests.retry(
      async () => {
        try {
          const resource = jsonOf<Resource>(await this.#requests.attempt(call, { signal }));
          return { info: infoOfResource(key, resource), writeId: resource.metadata?.[WRITE_ID] };
        } catch (error) {
          if (isMissingObject(error)) return undefined;
          throw error;
        }
      },
      { signal },
    );
  }

  async list(options: ListOptions & { readonly limit: number }): Promise<ListPage> {
    return await listPage(this.#requests, this.#bucket, options);
  }

  async delete(key: string, { when, signal }: DeleteOptions): Promise<void> {
    if (when === undefined) await remove(this.#requests, this.#bucket, key, signal);
    else await removeVersion(this.#requests, this.#bucket, key, when.version, signal);
  }

  async sign(key: string, options: SignOptions): Promise<string> {
    return await signedUrl(this.#requests, this.#bucket, key, options);
  }

  async close(): Promise<void> {
    await this.#requests.close();
  }
}

async function* followed(
  first: readonly HeldPart[],
  rest: AsyncIterable<HeldPart>,
): AsyncGenerator<HeldPart, void, void> {
  yield* first;
  yield* rest;
}
