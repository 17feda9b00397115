import { CoatcheckError, ConfigurationError, ResultError, StorageError } from "@coatcheck/core";
import { printable } from "@coatcheck/core/tools";

/** The exit codes; the README documents them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notThere: 3 } as const;

/** What the caller asked for cannot be, which could be told before any work was done. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "Usage";
}

/** Several things were asked for, and some of them failed; each has been reported already. */
export class SomeFailed extends Error {
  override readonly name = "SomeFailed";
  readonly code = "SomeFailed";
}

/** Somebody pressed Ctrl-C, or ended the process in another orderly way. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly code = "Interrupted";
  readonly exitCode: number;

  constructor(signal: "SIGINT" | "SIGTERM") {
    super("Interrupted; nothing was left half done.");
    this.exitCode = signal === "SIGINT" ? 130 : 143;
  }
}

/** What a storage refuses before it does anything. */
const REFUSED: readonly string[] = ["InvalidKey", "NotSupported", "MissingPackage"];

/** The exit code for what a command has thrown. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof UsageError || error instanceof ConfigurationError) return EXIT.usage;
  if (error instanceof StorageError && REFUSED.includes(error.code)) return EXIT.usage;
  const notThere = error instanceof ResultError && (error.code === "Missing" || error.code === "Expired");
  return notThere ? EXIT.notThere : EXIT.failed;
}

/** An error as an object for `--json`: its code, and its message. */
export function errorJson(error: unknown): { readonly code: string; readonly message: string } {
  const { code, name, message } = error as { code?: unknown; name?: string; message?: string };
  return { code: typeof code === "string" ? code : (name ?? "Unknown"), message: message ?? String(error) };
}

/** An error as a line for people. */
export function errorText(error: unknown): string {
  const { code, message } = errorJson(error);
  return printable(error instanceof CoatcheckError && error.code !== "Unknown" ? `${message} (${code})` : message);
}
