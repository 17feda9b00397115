import { ConfigurationError } from "../errors.ts";
import { checkOptions } from "../registry/options.ts";
import type { OptionTable } from "../registry/plugin.ts";
import type { Abortable } from "../storage/driver.ts";

const ABORTABLE: OptionTable = { signal: { type: "object" } };

/** Throws {@link ConfigurationError} where a call is given options that it does not have: `signal` and `others` are all. */
export function checkCall(method: string, options: Abortable, others: OptionTable = {}): void {
  // Only where one is not known, as the whole check takes longer than all else that a small call does here.
  let isKnown = typeof options === "object" && options !== null;
  for (const name in options) isKnown &&= name === "signal" || Object.hasOwn(others, name);
  if (!isKnown) checkOptions(method, { ...others, ...ABORTABLE }, options);
  checkSignal(method, options);
}

/** Throws {@link ConfigurationError} where `signal` is none; often it is the controller. */
export function checkSignal(method: string, { signal }: Abortable): void {
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function") {
    throw new ConfigurationError("InvalidOption", `${method}: option "signal" is an AbortSignal: controller.signal.`);
  }
}
