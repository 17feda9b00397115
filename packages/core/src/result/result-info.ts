import type { ResultError } from "../errors.ts";
import type { ObjectInfo } from "../storage/driver.ts";
import type { Storage } from "../storage/storage.ts";
import { describeHeader } from "./header.ts";
import type { RecordHead } from "./record.ts";

/** What a record's header says of it, and its storage. */
export interface ResultInfo {
  readonly key: string;
  /** The storage's URL. */
  readonly storage: string;
  readonly version: string;
  /** `"compressed/json"`; `"bytes"` for values that are bytes or streams. */
  readonly serializer: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
  readonly writeId: string;
  /** Bytes of the payload as stored, without header and trailer. */
  readonly payloadSize: number;
}

/** One line of a listing: the object, and with `headers` what its header says, or why it says nothing. */
export interface ResultEntry extends ObjectInfo {
  readonly result?: ResultInfo;
  /** `Expired` is no problem here: `result.expiresAt` tells. */
  readonly problem?: ResultError;
}

/** The head of a record in the terms of users. */
export function resultInfo(storage: Storage, { info, header, payloadSize }: RecordHead): ResultInfo {
  return {
    key: info.key,
    storage: storage.url,
    version: info.version,
    serializer: describeHeader(header),
    createdAt: new Date(header.createdAt),
    expiresAt: header.expiresAt === undefined ? undefined : new Date(header.expiresAt),
    writeId: header.writeId,
    payloadSize,
  };
}
