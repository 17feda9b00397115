import { ResultError } from "@coatcheck/core";

/** The input is not what was written: cut, damaged, or longer than it should be. */
export function corrupt(name: string, what: string, cause?: unknown): ResultError {
  return new ResultError("Corrupt", `its ${name} data ${what}.`, cause === undefined ? {} : { cause });
}

/** Decompressing would give more than it may. */
export function tooLarge(name: string, maxBytes: number): ResultError {
  const detail = `its ${name} data decompresses to more than ${maxBytes} bytes. Raise maxBytes if you trust where it came from, or read it as a stream.`;
  return new ResultError("TooLarge", detail);
}

/** What an error of `node:zlib` means. */
export function zlibFailure(name: string, error: unknown, maxBytes: number): unknown {
  const { code = "" } = error as { code?: string };
  if (code === "ERR_BUFFER_TOO_LARGE") return tooLarge(name, maxBytes);
  if (code === "Z_BUF_ERROR") return corrupt(name, "ends too early", error);
  if (code.startsWith("Z_") || code.startsWith("ZSTD_")) return corrupt(name, "is damaged", error);
  return error;
}
