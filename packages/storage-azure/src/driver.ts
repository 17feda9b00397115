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
} from "@coatcheck/core";
import {
  EVERY_CAPABILITY,
  type FoundWrite,
  type Limits,
  PART_LIMITS,
  putBody,
  RANGE_LIMITS,
  Requests,
  RETRY_POLICY,
} from "@coatcheck/core/driver";
import { type ClientSettings, connect, type Connection } from "./client.ts";
import { answerCode, Explainer } from "./errors.ts";
import { checkAnswer, infoOf, WRITE_ID } from "./info.ts";
import { listPage } from "./list.ts";
import type { Place } from "./place.ts";
import { readObject } from "./read.ts";
import { Remover } from "./remove.ts";
import { Signer } from "./sign.ts";
import { Uploader } from "./upload.ts";

const MIB = 2 ** 20;
/** Blocks of a blob, at most. */
const BLOCKS = 50_000;

/** What Azure allows, and how long it is waited for. */
const LIMITS: Limits = Object.freeze({
  ...PART_LIMITS,
  // Fewer blocks are less work for the service, and these are still sent again one by one.
  chunksPartSize: 32 * MIB,
  count: BLOCKS,
  maxSize: BLOCKS * 4000 * MIB,
  // As large as those of the SDK's own downloads in ranges.
  ranges: { ...RANGE_LIMITS, size: 4 * MIB },
  policy: RETRY_POLICY,
  idleTimeout: 60_000,
});

/** Keeps each object as a block blob of a container, under its key. */
export class AzureDriver implements StorageDriver {
  readonly type = "azure";
  readonly url: string;
  readonly capabilities: StorageCapabilities;
  readonly #requests: Requests<Connection>;
  readonly #remover: Remover;
  readonly #signer: Signer;
  readonly #limits: Limits;

  /** `limits` are for tests: what takes gigabytes and minutes with those of Azure. */
  constructor(place: Place, settings: ClientSettings, limits: Limits = LIMITS) {
    const explainer = new Explainer(place, settings.credentials);
    this.url = place.url;
    this.capabilities = Object.freeze({
      ...EVERY_CAPABILITY,
      // A SAS signs nothing but itself.
      sign: settings.credentials === undefined || !("sasToken" in settings.credentials),
    });
    this.#limits = limits;
    this.#requests = new Requests(() => connect(place, settings), explainer.explain, limits);
    this.#remover = new Remover(this.#requests, explainer);
    this.#signer = new Signer(this.#requests);
  }

  async get(key: string, options: GetOptions): Promise<DriverObject | undefined> {
    const { range, signal } = options;
    // A range of nothing cannot be asked for.
    const empty = range !== undefined && range.end === range.start;
    const object = empty ? "beyond" : await readObject(this.#requests, key, options);
    if (object !== "beyond") return object;
    const info = await this.stat(key, { signal });
    return info && { info, body: (async function* () {})(), cancel: async () => {} };
  }

  async put(key: string, body: DriverBody, options: DriverPutOptions): Promise<ObjectInfo> {
    const { size, ...rest } = options;
    const uploader = new Uploader(this.#requests, { ...rest, key }, () => this.#find(key, options.signal));
    return await putBody(body, size, this.#limits, uploader);
  }

  async stat(key: string, { signal }: Abortable): Promise<ObjectInfo | undefined> {
    return (await this.#find(key, signal))?.info;
  }

  async #find(key: string, signal: AbortSignal | undefined): Promise<FoundWrite | undefined> {
    return await this.#requests.send(
      async ({ call }, abortSignal) => {
        try {
          const answer = await call(key, abortSignal, (blob) => blob.getProperties({ abortSignal }));
          checkAnswer(answer);
          return { info: infoOf(key, answer.contentLength, answer), writeId: answer.metadata?.[WRITE_ID] };
        } catch (error) {
          if (answerCode(error) === "BlobNotFound") return undefined;
          throw error;
        }
      },
      { signal },
    );
  }

  async list(options: ListOptions & { readonly limit: number }): Promise<ListPage> {
    return await listPage(this.#requests, options);
  }

  async delete(key: string, { when, signal }: DeleteOptions): Promise<void> {
    if (when === undefined) await this.#remover.remove(key, signal);
    else await this.#remover.removeVersion(key, when.version, signal);
  }

  async deleteMany(keys: readonly string[], options: Abortable): Promise<void> {
    await this.#remover.removeMany(keys, options);
  }

  async sign(key: string, options: SignOptions): Promise<string> {
    return await this.#signer.sign(key, options);
  }
}
