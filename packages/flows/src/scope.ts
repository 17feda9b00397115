import { AsyncLocalStorage } from "node:async_hooks";
import type { LoadedSettings } from "@coatcheck/core/settings";
import type { Attempt } from "./attempt.ts";
import type { Definition } from "./definition.ts";
import type { Plan } from "./plan.ts";
import type { SettingsOverlay } from "./settings.ts";

/** Where a call takes place: in an attempt of a run, under settings. It travels with the asynchronous context. */
export interface Scope {
  /** The attempt it is in; undefined outside of flows and tasks. */
  readonly attempt: Attempt | undefined;
  readonly overlay: SettingsOverlay | undefined;
  /** What was loaded when the outermost run began: it stays the same for all of a run. */
  readonly loaded: LoadedSettings | undefined;
  /** What has been decided for the flows and tasks that were called here. */
  readonly plans: WeakMap<Definition, Plan>;
}

/** What `withSettings` puts around its function. */
export class SettingsScope implements Scope {
  readonly attempt: Attempt | undefined;
  readonly overlay: SettingsOverlay;
  readonly loaded: LoadedSettings | undefined;
  readonly plans: WeakMap<Definition, Plan> = new WeakMap();

  constructor(around: Scope | undefined, overlay: SettingsOverlay) {
    this.attempt = around?.attempt;
    this.loaded = around?.loaded;
    this.overlay = overlay;
  }
}

const scopes = new AsyncLocalStorage<Scope>();

// Those of all copies of the package in this process: two versions of it, or the ESM and the CommonJS one.
const COPIES = Symbol.for("coatcheck.flows.scopes");
const copies = ((globalThis as { [COPIES]?: Set<AsyncLocalStorage<unknown>> })[COPIES] ??= new Set());
copies.add(scopes);

/** Whether the code that calls is in a scope of another copy of the package, which this one cannot see. */
export function isInOtherCopy(): boolean {
  for (const each of copies) if (each !== scopes && each.getStore() !== undefined) return true;
  return false;
}

/** The scope of the code that calls. */
export function currentScope(): Scope | undefined {
  return scopes.getStore();
}

/** Calls `fn` in a scope. */
export function runInScope<Args extends unknown[], T>(scope: Scope, fn: (...args: Args) => T, ...args: Args): T {
  return scopes.run(scope, fn, ...args);
}
