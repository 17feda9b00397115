import { ConfigurationError } from "@coatcheck/core";
import { inputClasses } from "./classes.ts";
import { builtInKind } from "./kinds.ts";

/**
 * Lets instances of a class be inputs: two are equal where what `state` gives of them is, whatever else they hold. It counts
 * for that class alone, not for those that extend it. `name`, by default that of the class, stands for it in hashes: it must
 * not change while there are results to find. A class or a name that is taken is `AlreadyRegistered`; so is a class of the
 * language or of Node whose instances are inputs anyway, such as Date.
 *
 * ```ts
 * registerInputClass(Money, (money) => [money.amount, money.currency]);
 * ```
 */
export function registerInputClass<T extends object>(
  inputClass: abstract new (...args: never[]) => T,
  state: (instance: T) => unknown,
  options: { readonly name?: string } = {},
): void {
  const { name = inputClass.name } = options;
  const prototype: unknown = inputClass.prototype;
  if (typeof prototype !== "object" || prototype === null || typeof state !== "function" || name === "") {
    const message =
      'registerInputClass: give a class, a function that gives what counts of an instance, and { name: "…" } where the class has none.';
    throw new ConfigurationError("InvalidOption", message);
  }
  if (builtInKind(prototype) !== undefined) {
    const message = `registerInputClass: instances of ${inputClass.name} are inputs as they are, by all that they hold. Pass what counts of one as the argument instead.`;
    throw new ConfigurationError("AlreadyRegistered", message);
  }
  const known = inputClasses.get(prototype);
  if (known?.name === name && known.state === state) return;
  if (known !== undefined || [...inputClasses.values()].some((each) => each.name === name)) {
    const message = `registerInputClass: the class ${name} is registered already. Register it once, or give another { name: "…" }.`;
    throw new ConfigurationError("AlreadyRegistered", message);
  }
  inputClasses.set(prototype, { name, state });
}
