import { hostname } from "node:os";
import { ownedName } from "@coatcheck/core/owner";

/**
 * The longest text of an owner, in bytes: it stays below the 60 that ext4 keeps inside the inode of a link. That costs no
 * block, so a lock can be taken, and something deleted, on a disk that is full.
 */
const INLINE = 59;

/** A name of {@link ownedName} and the name of this machine, as far as it fits. */
export function ownerText(): string {
  return `${ownedName()} ${hostname().replace(/[^\x21-\x7e]/g, "?")}`.slice(0, INLINE);
}
