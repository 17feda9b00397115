import { Readable } from "node:stream";
import type { CompletedPart, CompleteMultipartUploadCommandOutput, PutObjectCommandOutput } from "@aws-sdk/client-s3";
import type { DriverPutOptions, ObjectInfo } from "@coatcheck/core";
import { StorageError } from "@coatcheck/core";
import {
  type BodyParts,
  type Failure,
  type FoundWrite,
  joinedChunks,
  type PartBody,
  sendParts,
  settledWrite,
} from "@coatcheck/core/driver";
import { answeredAt, checkAnswer } from "./send.ts";
import { answerCode } from "./errors.ts";
import { conditionOf, versionOf, WRITE_ID } from "./info.ts";
import { needing, type S3Requests } from "./requests.ts";

/** What a put asks for, beside its body. */
export interface UploadTarget extends Omit<DriverPutOptions, "size"> {
  readonly key: string;
}

/** Writes one object: by one request, or in parts. */
export class Uploader {
  readonly #requests: S3Requests;
  readonly #bucket: string;
  readonly #find: (key: string, signal: AbortSignal | undefined) => Promise<FoundWrite | undefined>;

  constructor(
    requests: S3Requests,
    bucket: string,
    find: (key: string, signal: AbortSignal | undefined) => Promise<FoundWrite | undefined>,
  ) {
    this.#requests = requests;
    this.#bucket = bucket;
    this.#find = find;
  }

  /** One PutObject. */
  async single(target: UploadTarget, body: PartBody): Promise<ObjectInfo> {
    const input = { ...this.#described(target), ...conditionOf(target.when) };
    return await this.#settled(target, body.size, async () => {
      return await this.#requests.once(
        needing("s3:PutObject", ({ send, sdk }, abortSignal, fail) =>
          send(new sdk.PutObjectCommand({ ...input, ...bodyInput(body, fail) }), abortSignal),
        ),
        { signal: target.signal, bytes: body.size },
      );
    });
  }

  /** A multipart upload, which leaves no part behind where it fails. */
  async multipart(target: UploadTarget, parts: BodyParts): Promise<ObjectInfo> {
    const { key, signal, when } = target;
    const place = { Bucket: this.#bucket, Key: key };
    const { UploadId } = await this.#requests.send(
      needing("s3:PutObject", ({ send, sdk }, abortSignal) =>
        send(new sdk.CreateMultipartUploadCommand(this.#described(target)), abortSignal),
      ),
      { signal },
    );
    const upload = { ...place, UploadId };
    try {
      let size = 0;
      const sent = await sendParts(
        parts.walk(),
        parts.atOnce,
        async (part, index, partSignal) => {
          size += part.size;
          const sentPart = await this.#part({ ...upload, PartNumber: index + 1 }, part, partSignal);
          part.release?.();
          return sentPart;
        },
        signal,
      );
      return await this.#settled(target, size, async () => {
        return await this.#requests.once(
          needing("s3:PutObject", ({ send, sdk }, abortSignal) => {
            const input = { ...upload, ...conditionOf(when), MultipartUpload: { Parts: sent } };
            return send(new sdk.CompleteMultipartUploadCommand(input), abortSignal);
          }),
          // Putting the parts together takes a service longer than anything else.
          { signal, bytes: size / 64 },
        );
      });
    } catch (error) {
      const left = await this.#abort(upload);
      // What the caller aborted with, or what the caller's stream failed with, is passed on as it is.
      const own = error instanceof StorageError && error.storage === undefined && signal?.aborted !== true;
      throw left === undefined || !own ? error : withParts(error, left);
    }
  }

  async #part(
    input: {
      readonly Bucket: string;
      readonly Key: string;
      readonly UploadId: string | undefined;
      readonly PartNumber: number;
    },
    part: PartBody,
    signal: AbortSignal,
  ): Promise<CompletedPart> {
    const output = await this.#requests.send(
      needing("s3:PutObject", ({ send, sdk }, abortSignal, fail) =>
        send(new sdk.UploadPartCommand({ ...input, ...bodyInput(part, fail) }), abortSignal),
      ),
      { signal, bytes: part.size, repeatable: Array.isArray(part.body) },
    );
    const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } = output;
    const checksums = { ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 };
    return { PartNumber: input.PartNumber, ETag, ...checksums };
  }

  // Not ended by the caller's signal: it is what cleans up after an abort. A service that does not answer is not waited
  // for long. What it fails with, it gives: a rule of the bucket then has to end the upload.
  async #abort(upload: {
    readonly Bucket: string;
    readonly Key: string;
    readonly UploadId: string | undefined;
  }): Promise<unknown> {
    const { policy } = this.#requests.limits;
    return await this.#requests
      .send(
        needing("s3:AbortMultipartUpload", async ({ send, sdk }, abortSignal) => {
          await send(new sdk.AbortMultipartUploadCommand(upload), abortSignal).catch((error: unknown) => {
            if (answerCode(error) !== "NoSuchUpload") throw error;
          });
        }),
        {
          signal: AbortSignal.timeout(10_000),
          policy: { ...policy, budget: 10_000 },
        },
      )
      .catch((error: unknown) => error);
  }

  async #settled(
    target: UploadTarget,
    size: number,
    write: () => Promise<PutObjectCommandOutput | CompleteMultipartUploadCommandOutput>,
  ): Promise<ObjectInfo> {
    const { key, when, writeId, signal, contentType } = target;
    return await settledWrite(
      async () => {
        const output = await write();
        checkAnswer(output);
        const info = { key, size, version: versionOf(output.ETag), modifiedAt: answeredAt(output) };
        return contentType === undefined ? info : { ...info, contentType };
      },
      {
        when,
        writeId,
        signal,
        policy: this.#requests.limits.policy,
        explain: (error) => this.#explain(error, target),
        find: () => this.#find(key, signal),
      },
    );
  }

  #explain(error: unknown, { when }: UploadTarget): Failure {
    const failure = this.#requests.explainer.explain(error);
    const code = answerCode(error);
    if (when === "absent" && failure.error.code === "Conflict") {
      return { ...failure, error: refused("AlreadyExists", "an object is there already.", failure) };
    }
    if (typeof when === "object" && code === "NoSuchKey") {
      return { ...failure, error: refused("Conflict", "there is no object to replace.", failure) };
    }
    return failure;
  }

  #described({ key, writeId, contentType }: UploadTarget): {
    Bucket: string;
    Key: string;
    Metadata: Record<string, string>;
    ContentType?: string;
  } {
    const input = { Bucket: this.#bucket, Key: key, Metadata: { [WRITE_ID]: writeId } };
    return contentType === undefined ? input : { ...input, ContentType: contentType };
  }
}

/** The same error, which also says that the parts that were sent are still there, and why. */
function withParts({ code, detail, retryable, ambiguous, cause }: StorageError, left: unknown): StorageError {
  const why = left instanceof StorageError ? left.detail : "they could not be removed in time.";
  return new StorageError({
    code,
    detail: `${detail} Parts of the upload were left behind, until a lifecycle rule of the bucket ends it: ${why}`,
    retryable,
    ambiguous,
    cause,
  });
}

function refused(code: "AlreadyExists" | "Conflict", detail: string, { error }: Failure): StorageError {
  return new StorageError({ code, detail, cause: error.cause });
}

function bodyInput(
  { body, size }: PartBody,
  fail: (error: unknown) => void,
): { Body: Uint8Array | Readable; ContentLength: number } {
  const bytes = Array.isArray(body) ? joinedChunks(body as readonly Uint8Array[], size) : undefined;
  // The SDK pipes a stream and does not listen to its errors: the request would wait for the rest.
  const stream = (): Readable => Readable.from(body, { objectMode: false }).once("error", fail);
  return { Body: bytes ?? stream(), ContentLength: size };
}
