import type { BigIntStats, Stats } from "node:fs";
import { StorageError, type StorageErrorInit } from "@coatcheck/core";

interface SystemError {
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
}

/** The code of a failed system call, as in `ENOENT`; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  return isSystemError(error) ? error.code : undefined;
}

// Not instanceof: a test runner may give each test its own Error.
function isSystemError(error: unknown): error is SystemError {
  if (typeof error !== "object" || error === null) return false;
  return "code" in error && typeof error.code === "string" && "syscall" in error && typeof error.syscall === "string";
}

const FOLDER = "Give this user the rights, or choose another folder.";
const FOREIGN = "Something that is not of this storage is in the way; move it, or choose another folder.";
const LATER = "Try again later.";

const KNOWN: Readonly<Record<string, Pick<StorageErrorInit, "code" | "detail" | "retryable">>> = {
  EACCES: { code: "PermissionDenied", detail: `the file system does not allow it. ${FOLDER}` },
  EPERM: { code: "PermissionDenied", detail: `the file system does not allow it. ${FOLDER}` },
  EROFS: { code: "PermissionDenied", detail: "the file system is read-only. Choose another folder." },
  // Not retryable: what frees the disk is a person, not the next attempt.
  ENOSPC: { code: "Unavailable", detail: "the disk is full. Free some space, or choose another folder." },
  EDQUOT: { code: "Unavailable", detail: "the disk quota is used up. Free some space, or choose another folder." },
  EFBIG: { code: "TooLarge", detail: "the file system takes no file of this size." },
  ENAMETOOLONG: {
    code: "InvalidKey",
    detail: "the path is longer than the system takes. Choose a shorter key, or a folder with a shorter path.",
  },
  ENOENT: { code: "Unavailable", detail: `others remove what it needs meanwhile. ${LATER}`, retryable: true },
  EMFILE: { code: "Unavailable", detail: `this process has too many files open. ${LATER}`, retryable: true },
  ENFILE: { code: "Unavailable", detail: `the system has too many files open. ${LATER}`, retryable: true },
  ENOMEM: { code: "Unavailable", detail: `the system has no memory for it. ${LATER}`, retryable: true },
  EBUSY: { code: "Unavailable", detail: `the file is busy. ${LATER}`, retryable: true },
  EAGAIN: { code: "Unavailable", detail: `the file system is busy. ${LATER}`, retryable: true },
  ESTALE: { code: "Unavailable", detail: `the network file system lost the file. ${LATER}`, retryable: true },
  ETIMEDOUT: { code: "Unavailable", detail: `the network file system does not answer. ${LATER}`, retryable: true },
  EIO: { code: "Unavailable", detail: "the disk failed to read or write. Look at the system's log." },
  EXDEV: { code: "Misconfigured", detail: "a part of the folder is on another file system. Choose another folder." },
  EEXIST: { code: "Misconfigured", detail: FOREIGN },
  ENOTDIR: { code: "Misconfigured", detail: FOREIGN },
  EISDIR: { code: "Misconfigured", detail: FOREIGN },
  ENXIO: { code: "Misconfigured", detail: FOREIGN },
  ELOOP: { code: "Misconfigured", detail: `the folder is a link that leads to itself. ${FOREIGN}` },
};

/** A path as messages show it: quoted, the middle of a long one left out. */
export function shown(path: string): string {
  return JSON.stringify(path.length > 300 ? `${path.slice(0, 150)}…${path.slice(-150)}` : path);
}

/** A failed system call as a StorageError that says what to do; anything else as it is. */
export function storageError(error: unknown, ambiguous = false): unknown {
  if (!isSystemError(error)) return error;
  const { code, syscall, path } = error;
  const known = KNOWN[code];
  if (known === undefined) return error;
  const call = path === undefined ? `${syscall}: ${code}` : `${syscall} ${shown(path)}: ${code}`;
  return new StorageError({ ...known, detail: `${known.detail} (${call})`, ambiguous, cause: error });
}

/** What is at `path` is neither a file nor a folder of ours: why it is not touched. */
export function foreignError(path: string, stat: Stats | BigIntStats, expected: "file" | "folder"): StorageError {
  if (stat.isSymbolicLink()) {
    const detail = `${shown(path)} is a link, and links below the storage's folder are not followed. Remove it.`;
    return new StorageError({ code: "PermissionDenied", detail });
  }
  const kind = stat.isDirectory() ? "a folder" : stat.isFile() ? "a file" : "a pipe, socket or device";
  return new StorageError({
    code: "Misconfigured",
    detail: `${shown(path)} is ${kind} where a ${expected} belongs. ${FOREIGN}`,
  });
}
