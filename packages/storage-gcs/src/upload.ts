import { randomUUID } from "node:crypto";
import type { DriverPutOptions, ObjectInfo } from "@coatcheck/core";
import { StorageError } from "@coatcheck/core";
import { type Failure, type FoundWrite, type HeldPart, sendParts, settledWrite } from "@coatcheck/core/driver";
import { isConditionNotMet } from "./errors.ts";
import { conditionOf, infoOfResource, isGeneration, notGcs, type Resource, uploadPath, WRITE_ID } from "./info.ts";
import { type ApiRequest, jsonOf, type GcsRequests } from "./requests.ts";
import { Session } from "./session.ts";

/** What a put asks for, beside its body. */
export interface UploadTarget extends Omit<DriverPutOptions, "size"> {
  readonly key: string;
}

/** Writes one object: by one request, or by a resumable upload. */
export class Uploader {
  readonly #requests: GcsRequests;
  readonly #bucket: string;
  readonly #find: (key: string, signal: AbortSignal | undefined) => Promise<FoundWrite | undefined>;

  constructor(
    requests: GcsRequests,
    bucket: string,
    find: (key: string, signal: AbortSignal | undefined) => Promise<FoundWrite | undefined>,
  ) {
    this.#requests = requests;
    this.#bucket = bucket;
    this.#find = find;
  }

  /** One request, which has the description of the object and its bytes. */
  async single(target: UploadTarget, chunks: readonly Uint8Array[], size: number): Promise<ObjectInfo> {
    const call = this.#multipart(target, chunks);
    return await this.#settled(target, size, async () => {
      return jsonOf<Resource>(await this.#requests.attempt(call, { signal: target.signal }));
    });
  }

  /** A resumable upload of chunks in memory: one request more than for their bytes, unless it is interrupted. */
  async resumable(target: UploadTarget, chunks: readonly Uint8Array[], size: number): Promise<ObjectInfo> {
    return await this.#inSession(
      target,
      size,
      async (session) => await this.#settled(target, size, async () => await session.finish(chunks, 0)),
    );
  }

  /**
   * A resumable upload of parts that come one by one; each is kept in memory until the service has it, while the next is
   * collected. A part that is shorter than `sizeOf` its index is the last.
   */
  async parts(
    target: UploadTarget,
    parts: AsyncIterable<HeldPart>,
    sizeOf: (index: number) => number,
    announced: number | undefined,
  ): Promise<ObjectInfo> {
    const { maxSize } = this.#requests.limits;
    return await this.#inSession(target, announced, async (session) => {
      let total = 0;
      let last: HeldPart | undefined;
      let turn: Promise<void> = Promise.resolve();
      const send = async (part: HeldPart, index: number, signal: AbortSignal): Promise<void> => {
        const start = total;
        total += part.size;
        if (total > maxSize) throw tooLarge(maxSize);
        if (part.size < sizeOf(index)) {
          last = part;
          return;
        }
        // One after another: the service takes a chunk only where the one before it ends.
        turn = turn.then(async () => await session.send(part.chunks, start, signal));
        await turn;
        part.release();
      };
      await sendParts(parts, () => 2, send, target.signal);
      const rest = last === undefined ? [] : last.chunks;
      const start = total - (last?.size ?? 0);
      return await this.#settled(target, total, async () => await session.finish(rest, start));
    });
  }

  /** Runs an upload, and ends it where that fails. */
  async #inSession(
    target: UploadTarget,
    size: number | undefined,
    upload: (session: Session) => Promise<ObjectInfo>,
  ): Promise<ObjectInfo> {
    const { signal } = target;
    this.#checkVersion(target);
    const call = this.#start(target, size);
    const explain = (error: unknown): Failure => this.#explain(error, target);
    const session = await this.#requests.retry(async () => await Session.start(this.#requests, call, { signal }), {
      signal,
      explain,
    });
    try {
      return await upload(session);
    } catch (error) {
      await session.cancel();
      throw error;
    }
  }

  async #settled(target: UploadTarget, size: number, write: () => Promise<Resource>): Promise<ObjectInfo> {
    const { key, when, writeId, signal } = target;
    this.#checkVersion(target);
    return await settledWrite(
      async () => {
        const info = infoOfResource(key, await write());
        if (info.size !== size) throw notGcs(`${info.size} bytes where ${size} were put`);
        return info;
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

  // What is no generation is nobody's; and 0 would be a create.
  #checkVersion({ when }: UploadTarget): void {
    if (typeof when !== "object" || isGeneration(when.version)) return;
    throw new StorageError({ code: "Conflict", detail: "no object has the version that was named." });
  }

  #explain(error: unknown, { when }: UploadTarget): Failure {
    const failure = this.#requests.explain(error);
    if (when !== "absent" || !isConditionNotMet(error)) return failure;
    const detail = "an object is there already.";
    return { ...failure, error: new StorageError({ code: "AlreadyExists", detail, cause: failure.error.cause }) };
  }

  #multipart(target: UploadTarget, chunks: readonly Uint8Array[]): ApiRequest {
    const boundary = `coatcheck-${randomUUID()}`;
    const type = target.contentType ?? "application/octet-stream";
    const head = [
      `--${boundary}`,
      "Content-Type: application/json; charset=UTF-8",
      "",
      JSON.stringify(this.#described(target)),
      `--${boundary}`,
      `Content-Type: ${type}`,
      "",
      "",
    ].join("\r\n");
    return {
      method: "POST",
      path: uploadPath(this.#bucket),
      query: { uploadType: "multipart", ...conditionOf(target.when) },
      headers: { "content-type": `multipart/related; boundary=${boundary}` },
      body: [Buffer.from(head), ...chunks, Buffer.from(`\r\n--${boundary}--`)],
    };
  }

  #start(target: UploadTarget, size: number | undefined): ApiRequest {
    return {
      method: "POST",
      path: uploadPath(this.#bucket),
      query: { uploadType: "resumable", ...conditionOf(target.when) },
      headers: {
        "content-type": "application/json; charset=UTF-8",
        ...(size === undefined ? {} : { "x-upload-content-length": String(size) }),
      },
      body: [Buffer.from(JSON.stringify(this.#described(target)))],
    };
  }

  #described({ key, writeId, contentType = "application/octet-stream" }: UploadTarget): object {
    return { name: key, contentType, metadata: { [WRITE_ID]: writeId } };
  }
}

function tooLarge(maxSize: number): StorageError {
  const detail = `the stream is longer than ${maxSize} bytes, which is what the service takes at most; nothing was kept. Split it.`;
  return new StorageError({ code: "TooLarge", detail });
}
