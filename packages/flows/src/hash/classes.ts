/** A class whose instances may be inputs. */
export interface InputClass {
  readonly name: string;
  readonly state: (instance: never) => unknown;
}

/** Those that are registered, by their prototypes. */
export const inputClasses: Map<object, InputClass> = new Map();

/** What is registered for the class of that prototype. */
export function inputClassOf(prototype: object): InputClass | undefined {
  return inputClasses.size === 0 ? undefined : inputClasses.get(prototype);
}
