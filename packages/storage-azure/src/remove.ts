import { type Abortable, StorageError } from "@coatcheck/core";
import { deleteInBatches, type NotDeleted, type Requests, settledDelete } from "@coatcheck/core/driver";
import { blobOf } from "./blob.ts";
import type { Connection } from "./client.ts";
import { answerCode, type Explainer } from "./errors.ts";
import { etagOf, isVersion } from "./info.ts";

/** Blobs that one Blob Batch takes. */
const BATCH = 256;

/** Deletes blobs: one, one version, or many. */
export class Remover {
  readonly #requests: Requests<Connection>;
  readonly #explainer: Explainer;

  constructor(requests: Requests<Connection>, explainer: Explainer) {
    this.#requests = requests;
    this.#explainer = explainer;
  }

  /** Deletes what is there; nothing is a success. */
  async remove(key: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#requests.send(
      async ({ call }, abortSignal) => {
        try {
          await call(key, abortSignal, (blob) => blob.delete({ abortSignal }));
        } catch (error) {
          if (answerCode(error) !== "BlobNotFound") throw error;
        }
      },
      { signal },
    );
  }

  /** Deletes this version only; another one, or nothing, is `Conflict`. */
  async removeVersion(key: string, version: string, signal: AbortSignal | undefined): Promise<void> {
    const missing = (cause?: unknown): StorageError =>
      new StorageError({ code: "Conflict", detail: "there is no such version to delete.", cause });
    if (!isVersion(version)) throw missing();
    const { limits, explain } = this.#requests;
    const attempt = async ({ call }: Connection, abortSignal: AbortSignal): Promise<void> => {
      const conditions = { ifMatch: etagOf(version) };
      await call(key, abortSignal, (blob) => blob.delete({ abortSignal, conditions }));
    };
    await settledDelete(() => this.#requests.once(attempt, { signal }), {
      signal,
      policy: limits.policy,
      explain: (error) => {
        const failure = explain(error);
        return answerCode(error) === "BlobNotFound" ? { ...failure, error: missing(failure.error.cause) } : failure;
      },
    });
  }

  /**
   * Deletes by Blob Batch, batch after batch; tries all, and rejects with an AggregateError of what failed, each with its
   * key.
   */
  async removeMany(keys: readonly string[], { signal }: Abortable): Promise<void> {
    const { explain, limits } = this.#requests;
    const send = async (batch: readonly string[]): Promise<readonly NotDeleted[]> =>
      await this.#removeBatch(batch, signal);
    await deleteInBatches(keys, BATCH, send, { explain, policy: limits.policy, signal });
  }

  /** One attempt. */
  async #removeBatch(keys: readonly string[], signal: AbortSignal | undefined): Promise<readonly NotDeleted[]> {
    return await this.#requests.once(
      async ({ sdk, client }, abortSignal) => {
        // Not deleteBlobs of the SDK, which gives the signal to nobody: the request would go on after an abort.
        const batch = new sdk.BlobBatch();
        for (const key of keys) await batch.deleteBlob(blobOf(client, key));
        const { subResponses } = await client.getBlobBatchClient().submitBatch(batch, { abortSignal });
        return keys.flatMap((key, index) => {
          const { status = 500, errorCode } = subResponses[index] ?? {};
          if (status === 202 || errorCode === "BlobNotFound") return [];
          return [{ key, error: this.#explainer.named(status, errorCode) }];
        });
      },
      { signal },
    );
  }
}
