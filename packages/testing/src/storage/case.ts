import type { Storage, StorageCapabilities } from "@coatcheck/core";

/** The name of a capability in the manifest. */
export type Capability = keyof StorageCapabilities;

/** How much the kit does where more costs more. */
export interface StorageSettings {
  /** Bytes of large bodies. */
  readonly largeBytes: number;
  /** Objects in the listing that is longer than a page. */
  readonly manyObjects: number;
  /** Writers that race for one key. */
  readonly racers: number;
  /** What a put to a signed URL must carry. */
  readonly signedPutHeaders: Readonly<Record<string, string>>;
}

/** What a case works with: a storage of its own, and names that no other case has. */
export interface CaseContext extends StorageSettings {
  readonly storage: Storage;
  /** What every key of this case begins with; ends in `/`. */
  readonly prefix: string;
  /** A key of this case's own. It is deleted when the case ends. */
  readonly key: (name: string) => string;
  /** Opens the storage once more; it is closed when the case ends. */
  readonly open: () => Promise<Storage>;
}

/** One thing that a storage must do. */
export interface StorageCase {
  /** `group: what must hold`. */
  readonly name: string;
  /** The capabilities without which there is nothing to try. */
  readonly needs?: readonly Capability[];
  readonly run: (context: CaseContext) => Promise<void>;
}
