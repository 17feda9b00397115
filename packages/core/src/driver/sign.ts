import { StorageError } from "../errors.ts";
import type { SignOptions } from "../storage/driver.ts";

/** Milliseconds that a signed URL may live, with any of the clouds: a week. */
const LONGEST = 7 * 24 * 60 * 60 * 1000;

/** Throws `Misconfigured` on what no URL can be signed for: another operation, less than a second, more than a week. */
export function checkSigning({ operation, expiresIn }: SignOptions): void {
  const refuse = (detail: string): never => {
    throw new StorageError({ code: "Misconfigured", detail });
  };
  if (operation !== "get" && operation !== "put") refuse(`operation is ${String(operation)}; give "get" or "put".`);
  if (!(typeof expiresIn === "number" && expiresIn >= 1000 && expiresIn <= LONGEST)) {
    refuse(`expiresIn is ${String(expiresIn)}; give 1,000 (a second) to ${LONGEST} (a week) milliseconds.`);
  }
}
