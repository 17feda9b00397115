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
  type Limits,
  PART_LIMITS,
  putBody,
  RANGE_LIMITS,
  RETRY_POLICY,
} from "@coatcheck/core/driver";
import type { ClientSettings } from "./client.ts";
import { answerCode, answerStatus, isNumbered } from "./errors.ts";
import { infoOf, isVersion, WRITE_ID } from "./info.ts";
import { listPage } from "./list.ts";
import type { Place } from "./place.ts";
import { readObject } from "./read.ts";
import { Remover } from "./remove.ts";
import { needing, S3Requests } from "./requests.ts";
import { checkAnswer } from "./send.ts";
import { signedUrl } from "./sign.ts";
import { Uploader, type UploadTarget } from "./upload.ts";

const TIB = 2 ** 40;

/** What S3 allows, and how long it is waited for. */
const LIMITS: Limits = Object.freeze({
  ...PART_LIMITS,
  // Below, the two requests more that an upload in parts takes cost more than its parts gain.
  single: 16 * 2 ** 20,
  count: 10_000,
  maxSize: 5 * TIB,
  policy: RETRY_POLICY,
  idleTimeout: 60_000,
  ranges: RANGE_LIMITS,
});

/** Keeps each object as an object of a bucket, under its key. */
export class S3Driver implements StorageDriver {
  readonly type = "s3";
  readonly url: string;
  readonly capabilities: StorageCapabilities = EVERY_CAPABILITY;
  readonly #bucket: string;
  readonly #requests: S3Requests;
  readonly #uploader: Uploader;
  readonly #remover: Remover;
  readonly #limits: Limits;
  /** Whether an answer has shown that the bucket is there: a head says of a missing key and a missing bucket the same. */
  #bucketSeen = false;

  /** `limits` are for tests: what takes gigabytes and minutes with those of S3. */
  constructor(place: Place, settings: ClientSettings, limits: Limits = LIMITS) {
    this.url = place.url;
    this.#bucket = place.bucket;
    this.#limits = limits;
    this.#requests = new S3Requests(place, settings, limits);
    this.#remover = new Remover(this.#requests, place.bucket);
    this.#uploader = new Uploader(this.#requests, place.bucket, (key, signal) => this.#find(key, signal));
  }

  async get(key: string, options: GetOptions): Promise<DriverObject | undefined> {
    const { range, signal } = options;
    // A range of nothing cannot be asked for.
    const object =
      range !== undefined && range.end === range.start
        ? "beyond"
        : await readObject(this.#requests, this.#bucket, key, options);
    if (object !== "beyond") return object;
    const info = await this.stat(key, { signal });
    return info && { info, body: (async function* () {})(), cancel: async () => {} };
  }

  async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
    const { size, ...rest } = options;
    const target: UploadTarget = { ...rest, key };
    if (typeof rest.when === "object" && !isVersion(rest.when.version)) {
      throw new StorageError({ code: "Conflict", detail: "there is no such version to replace." });
    }
    return await putBody(body, size, this.#limits, {
      single: async (part) => await this.#uploader.single(target, part),
      inParts: async (parts) => await this.#uploader.multipart(target, parts),
    });
  }

  async stat(key: string, { signal }: Abortable): Promise<ObjectInfo | undefined> {
    return (await this.#find(key, signal))?.info;
  }

  async #find(key: string, signal: AbortSignal | undefined): Promise<FoundWrite | undefined> {
    const place = { Bucket: this.#bucket, Key: key };
    return await this.#requests.send(
      needing("s3:GetObject", async ({ send, sdk }, abortSignal) => {
        try {
          const output = await send(new sdk.HeadObjectCommand(place), abortSignal);
          checkAnswer(output);
          this.#bucketSeen = true;
          return { info: infoOf(key, output.ContentLength, output), writeId: output.Metadata?.[WRITE_ID] };
        } catch (error) {
          const status = answerStatus(error) ?? 500;
          if (status === 404 && this.#bucketSeen && isNumbered(error)) return undefined;
          if (status >= 500 || status < 300) throw error;
        }
        // The answer to a head has no body, so it does not say what is wrong; that to a get of a byte does.
        try {
          const output = await send(new sdk.GetObjectCommand({ ...place, Range: "bytes=0-0" }), abortSignal);
          const size = Number(/\/(\d+)$/.exec(output.ContentRange ?? "")?.[1] ?? output.ContentLength);
          (output.Body as { destroy?(): void } | undefined)?.destroy?.();
          checkAnswer(output);
          return { info: infoOf(key, size, output), writeId: output.Metadata?.[WRITE_ID] };
        } catch (error) {
          if (answerCode(error) !== "NoSuchKey") throw error;
          this.#bucketSeen = true;
          return undefined;
        }
      }),
      { signal },
    );
  }

  async list(options: ListOptions & { readonly limit: number }): Promise<ListPage> {
    return await listPage(this.#requests, this.#bucket, options);
  }

  async delete(key: string, { when, signal }: DeleteOptions): Promise<void> {
    if (when === undefined) await this.#remover.remove(key, signal);
    else await this.#remover.removeVersion(key, when.version, signal);
  }

  async deleteMany(keys: readonly string[], options: Abortable): Promise<void> {
    await this.#remover.removeMany(keys, options);
  }

  async sign(key: string, options: SignOptions): Promise<string> {
    return await signedUrl(this.#requests, this.#bucket, key, options);
  }

  async close(): Promise<void> {
    await this.#requests.close();
  }
}
