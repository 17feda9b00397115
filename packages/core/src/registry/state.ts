import { shared } from "../environment.ts";
import type { Storage } from "../storage/storage.ts";
import type { Plugin } from "./plugin.ts";

/** What was registered, and what was opened. */
interface RegistryState {
  /** By `kind:type`. */
  readonly plugins: Map<string, Plugin>;
  /** By slug: a Storage, or the options of its type. */
  readonly blocks: Map<string, Storage | object>;
  /** By slug or URL. */
  readonly opened: Map<string, Promise<Storage>>;
}

/** One registry for all copies of core in the process, so that it does not matter which of them a plugin imported. */
export const registry: RegistryState = shared("registry.1", () => ({
  plugins: new Map(),
  blocks: new Map(),
  opened: new Map(),
}));
