import { createHash, randomUUID } from "node:crypto";
import type { DeleteObjectCommandOutput } from "@aws-sdk/client-s3";
import { type Abortable, StorageError } from "@coatcheck/core";
import { deleteInBatches, LinkedAbort, type NotDeleted, retry, settledDelete } from "@coatcheck/core/driver";
import { answerCode } from "./errors.ts";
import { etagOf, isVersion, notS3 } from "./info.ts";
import { needing, type S3Requests } from "./requests.ts";

/** Keys that one DeleteObjects takes. */
const BATCH = 1000;

/** The question whether the service looks at the condition of a delete. */
interface Asked {
  readonly answer: Promise<void>;
  readonly abort: LinkedAbort;
  waiting: number;
}

/** Deletes objects: one, one version, or many. */
export class Remover {
  readonly #requests: S3Requests;
  readonly #bucket: string;
  #asked: Asked | undefined;

  constructor(requests: S3Requests, bucket: string) {
    this.#requests = requests;
    this.#bucket = bucket;
  }

  /** Deletes what is there; nothing is a success. */
  async remove(key: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#requests.send(
      needing("s3:DeleteObject", async ({ send, sdk }, abortSignal) => {
        try {
          const input = { Bucket: this.#bucket, Key: key };
          checkAnswer(await send(new sdk.DeleteObjectCommand(input), abortSignal));
        } catch (error) {
          // S3 does not say so, others do.
          if (answerCode(error) !== "NoSuchKey") throw error;
        }
      }),
      { signal },
    );
  }

  /** Deletes this version only; another one, or nothing, is `Conflict`. */
  async removeVersion(key: string, version: string, signal: AbortSignal | undefined): Promise<void> {
    if (!isVersion(version)) {
      throw new StorageError({ code: "Conflict", detail: "there is no such version to delete." });
    }
    await this.#ask(key, signal);
    const { explain, limits } = this.#requests;
    await settledDelete(async () => await this.#removeIf(key, version, signal), {
      policy: limits.policy,
      signal,
      explain: (error) => {
        const failure = explain(error);
        if (answerCode(error) !== "NoSuchKey") return failure;
        return { ...failure, error: new StorageError({ code: "Conflict", detail: "there is no object to delete." }) };
      },
    });
  }

  /**
   * Deletes by DeleteObjects, batch after batch; tries all, and rejects with an AggregateError of what failed, each with
   * its key.
   */
  async removeMany(keys: readonly string[], { signal }: Abortable): Promise<void> {
    const { explain, limits } = this.#requests;
    const send = async (batch: readonly string[]): Promise<readonly NotDeleted[]> =>
      await this.#removeBatch(batch, signal);
    await deleteInBatches(keys, BATCH, send, { explain, policy: limits.policy, signal });
  }

  // Asked once for all who wait, each until its own signal aborts; ended when nobody waits any more. A failure is not kept.
  async #ask(key: string, signal: AbortSignal | undefined): Promise<void> {
    const asked = (this.#asked ??= this.#startAsking(key));
    const own = new LinkedAbort(signal);
    asked.waiting++;
    try {
      await new Promise<void>((resolve, reject) => {
        own.watch(reject);
        asked.answer.then(resolve, reject);
      });
    } finally {
      own.release();
      if (--asked.waiting === 0 && signal?.aborted === true) {
        asked.abort.abort(signal.reason);
        this.#forget(asked);
      }
    }
  }

  #startAsking(key: string): Asked {
    const abort = new LinkedAbort(undefined);
    const asked = { answer: this.#checkHonoured(key, abort.signal), abort, waiting: 0 };
    asked.answer.catch(() => this.#forget(asked));
    return asked;
  }

  #forget(asked: Asked): void {
    if (this.#asked === asked) this.#asked = undefined;
  }

  // A service that does not know the condition ignores it, and would delete what somebody has just written: it is asked
  // once, with a key that is not there. A service that knows it says that there is none.
  async #checkHonoured(key: string, signal: AbortSignal): Promise<void> {
    const beside = `${key.slice(0, Math.min(200, key.lastIndexOf("/") + 1))}.coatcheck-${randomUUID()}`;
    try {
      const { explain, limits } = this.#requests;
      await retry(() => this.#removeIf(beside, "coatcheck", signal), { explain, policy: limits.policy, signal });
    } catch (error) {
      if (error instanceof StorageError && (error.code === "Conflict" || error.code === "Unknown")) return;
      throw error;
    }
    const detail =
      "the service does not know conditional deletes (DeleteObject with If-Match) and would delete any version; nothing was deleted. Delete without when, or use another service.";
    throw new StorageError({ code: "NotSupported", detail });
  }

  /** One attempt. */
  async #removeIf(key: string, version: string, signal: AbortSignal | undefined): Promise<void> {
    const input = { Bucket: this.#bucket, Key: key, IfMatch: etagOf(version) };
    await this.#requests.once(
      needing("s3:DeleteObject and s3:GetObject", async ({ send, sdk }, abortSignal) => {
        checkAnswer(await send(new sdk.DeleteObjectCommand(input), abortSignal));
      }),
      { signal },
    );
  }

  /** One attempt. */
  async #removeBatch(keys: readonly string[], signal: AbortSignal | undefined): Promise<readonly NotDeleted[]> {
    const { explainer, needsMd5 } = this.#requests;
    return await this.#requests.once(
      needing("s3:DeleteObject", async ({ client, sdk }, abortSignal) => {
        const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true };
        const command = new sdk.DeleteObjectsCommand({ Bucket: this.#bucket, Delete });
        if (needsMd5) command.middlewareStack.add(withMd5, { step: "build", priority: "low" });
        let type = "";
        const noteType: Middleware = (next) => async (args) => {
          const result = await next(args);
          type = (result as unknown as { response: HttpAnswer }).response.headers["content-type"] ?? "";
          return result;
        };
        command.middlewareStack.add(noteType as never, { step: "deserialize", priority: "high" });
        const { $metadata, Errors = [] } = await client.send(command, { abortSignal });
        // What has been deleted is not listed, so that any other page looks as if all was.
        if ($metadata.requestId === undefined && !/^(application|text)\/xml\b/.test(type)) {
          throw notS3("no sign of a delete");
        }
        const failed = Errors.filter(({ Code }) => Code !== "NoSuchKey");
        return failed.map(({ Key = "", Code = "Unknown" }) => ({ key: Key, error: explainer.named(Code) }));
      }),
      { signal },
    );
  }
}

// The SDK takes any answer with a good status for a delete: that of a page to sign in, too.
function checkAnswer({ $metadata }: DeleteObjectCommandOutput): void {
  if ($metadata.httpStatusCode !== 204 && $metadata.requestId === undefined) throw notS3("no sign of a delete");
}

interface HttpAnswer {
  readonly headers: Readonly<Record<string, string>>;
}

type Middleware = <Args extends { request: unknown }, Out>(
  next: (args: Args) => Promise<Out>,
) => (args: Args) => Promise<Out>;

const withMd5: Middleware = (next) => async (args) => {
  const { headers, body } = args.request as { headers: Record<string, string>; body: string | Uint8Array };
  for (const name of Object.keys(headers)) {
    if (/^x-amz-(sdk-)?checksum-/i.test(name)) delete headers[name];
  }
  headers["content-md5"] = createHash("md5").update(body).digest("base64");
  return await next(args);
};
