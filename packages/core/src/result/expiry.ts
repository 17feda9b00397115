import { ResultError } from "../errors.ts";

/** Throws `Expired` where `expiresAt` has passed. */
export function checkExpiry(expiresAt: string | undefined, where: { key?: string; storage?: string } = {}): void {
  if (isPast(expiresAt)) throw new ResultError("Expired", `it expired on ${expiresAt}.`, where);
}

/** Whether `expiresAt` has passed. */
export function isPast(expiresAt: string | undefined): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= Date.now();
}
