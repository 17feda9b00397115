import { Readable } from "node:stream";
import type { DriverPutOptions, ObjectInfo } from "@coatcheck/core";
import { StorageError } from "@coatcheck/core";
import {
  type BodyParts,
  type Failure,
  type FoundWrite,
  joinedChunks,
  type PartBody,
  type Requests,
  sendParts,
  settledWrite,
  type Upload,
} from "@coatcheck/core/driver";
import type { Connection } from "./client.ts";
import { answerCode } from "./errors.ts";
import { conditionOf, infoOf, isVersion, WRITE_ID } from "./info.ts";

/** Bytes of a block's id, for which all that a blob has must have as many: as many as Azure's own tools give theirs. */
const ID_BYTES = 48;
/** How often blocks are sent that Azure has dropped, as somebody else wrote the object. */
const ATTEMPTS = 100;
/** Bytes that an id takes in a list of blocks. */
const LISTED_BYTES = 100;

/** What a put asks for, beside its body. */
export interface UploadTarget extends Omit<DriverPutOptions, "size"> {
  readonly key: string;
}

/** Writes one object: by one request, or in blocks that are then committed. */
export class Uploader implements Upload {
  readonly #requests: Requests<Connection>;
  readonly #target: UploadTarget;
  readonly #find: () => Promise<FoundWrite | undefined>;

  /** `find` is a stat of the object, retries included. */
  constructor(requests: Requests<Connection>, target: UploadTarget, find: () => Promise<FoundWrite | undefined>) {
    const { when } = target;
    if (typeof when === "object" && !isVersion(when.version)) {
      throw new StorageError({ code: "Conflict", detail: "there is no such version to replace." });
    }
    this.#requests = requests;
    this.#target = target;
    this.#find = find;
  }

  /** One Put Blob. */
  async single(part: PartBody): Promise<ObjectInfo> {
    return await this.#settled(part.size, part.size, async ({ call }, abortSignal, fail) => {
      const options = { ...this.#described, abortSignal };
      return await call(this.#target.key, abortSignal, (blob) => blob.upload(bodyOf(part, fail), part.size, options));
    });
  }

  /**
   * Blocks, and then their list. Where somebody else writes the object meanwhile Azure drops the blocks of all others: they
   * are sent again, where they can be. Those of a put that fails are never seen, but Azure has no way to drop them that does
   * not write to the object; it does so itself.
   */
  async inParts(parts: BodyParts): Promise<ObjectInfo> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#stageAndCommit(parts);
      if (!(outcome instanceof StorageError)) return outcome;
      // Of those who write at once one gets through each time, so that this ends.
      if (!parts.repeatable || attempt >= ATTEMPTS) throw outcome;
    }
  }

  /** The error where Azure has dropped blocks; any other is thrown. */
  async #stageAndCommit(parts: BodyParts): Promise<ObjectInfo | StorageError> {
    const sizes = await this.#stage(parts);
    const ids = sizes.map((_, index) => this.#blockId(index));
    const size = sizes.reduce((sum, each) => sum + each, 0);
    let dropped = false;
    try {
      return await this.#settled(size, ids.length * LISTED_BYTES, async ({ call }, abortSignal) => {
        const options = { ...this.#described, abortSignal };
        try {
          return await call(this.#target.key, abortSignal, (blob) => blob.commitBlockList(ids, options));
        } catch (error) {
          dropped = answerCode(error) === "InvalidBlockList";
          throw error;
        }
      });
    } catch (error) {
      if (!dropped || !(error instanceof StorageError) || error.ambiguous) throw error;
      const { code, detail, cause } = error;
      return new StorageError({ code, detail, cause, retryable: true });
    }
  }

  async #stage({ walk, atOnce }: BodyParts): Promise<number[]> {
    const { key, signal } = this.#target;
    return await sendParts(
      walk(),
      atOnce,
      async (part, index, partSignal) => {
        await this.#requests.send(
          ({ call }, abortSignal, fail) =>
            call(key, abortSignal, (blob) =>
              blob.stageBlock(this.#blockId(index), bodyOf(part, fail), part.size, { abortSignal }),
            ),
          { signal: partSignal, bytes: part.size, repeatable: Array.isArray(part.body) },
        );
        part.release?.();
        return part.size;
      },
      signal,
    );
  }

  // No other put has the write id: blocks of two that write at once are not mixed up.
  #blockId(index: number): string {
    const { writeId } = this.#target;
    return Buffer.from(writeId + String(index).padStart(ID_BYTES - writeId.length, "0")).toString("base64");
  }

  async #settled(
    size: number,
    bytes: number,
    write: (
      connection: Connection,
      abortSignal: AbortSignal,
      fail: (error: unknown) => void,
    ) => Promise<{ readonly etag?: string | undefined; readonly lastModified?: Date | undefined }>,
  ): Promise<ObjectInfo> {
    const { key, when, writeId, signal, contentType } = this.#target;
    const call = async (
      connection: Connection,
      abortSignal: AbortSignal,
      fail: (error: unknown) => void,
    ): Promise<ObjectInfo> => {
      const answer = await write(connection, abortSignal, fail);
      return infoOf(key, size, contentType === undefined ? answer : { ...answer, contentType });
    };
    return await settledWrite(() => this.#requests.once(call, { signal, bytes }), {
      when,
      writeId,
      signal,
      policy: this.#requests.limits.policy,
      explain: (error) => this.#explain(error),
      find: this.#find,
    });
  }

  #explain(error: unknown): Failure {
    const failure = this.#requests.explain(error);
    const { when } = this.#target;
    if (when === "absent" && failure.error.code === "Conflict") {
      return { ...failure, error: refused("AlreadyExists", "an object is there already.", failure) };
    }
    if (typeof when === "object" && answerCode(error) === "BlobNotFound") {
      return { ...failure, error: refused("Conflict", "there is no object to replace.", failure) };
    }
    return failure;
  }

  get #described(): {
    conditions: ReturnType<typeof conditionOf>;
    metadata: Record<string, string>;
    blobHTTPHeaders?: { blobContentType: string };
  } {
    const { when, writeId, contentType } = this.#target;
    const described = { conditions: conditionOf(when), metadata: { [WRITE_ID]: writeId } };
    return contentType === undefined ? described : { ...described, blobHTTPHeaders: { blobContentType: contentType } };
  }
}

function refused(code: "AlreadyExists" | "Conflict", detail: string, { error }: Failure): StorageError {
  return new StorageError({ code, detail, cause: error.cause });
}

/** What the SDK sends: bytes, or a function that opens a stream for each time the client sends it. */
function bodyOf({ body, size }: PartBody, fail: (error: unknown) => void): Uint8Array | (() => Readable) {
  const bytes = Array.isArray(body) ? joinedChunks(body as readonly Uint8Array[], size) : undefined;
  if (bytes !== undefined) return bytes;
  let opened = false;
  return () => {
    if (opened && !Array.isArray(body)) fail(new TypeError("The client sent a stream again, which is over."));
    opened = true;
    // The SDK pipes a stream and does not listen to its errors: the request would wait for the rest.
    return Readable.from(body, { objectMode: false }).once("error", fail);
  };
}
