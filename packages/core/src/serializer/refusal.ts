import { SerializationError } from "../errors.ts";

/** Where a value stands: the step that leads to it, and where that step starts. The root has none. */
export interface Place {
  readonly up: Place | undefined;
  /** A property name, an index, a symbol, or a step that is written as it is: `.get("a")`. */
  readonly step: PropertyKey | { readonly text: string };
}

/** Why a value cannot be written. It becomes a {@link SerializationError} once its path is known. */
export class Refusal extends Error {
  readonly reason: string;
  readonly hint: string;

  constructor(reason: string, hint: string) {
    super(reason);
    this.reason = reason;
    this.hint = hint;
  }
}

/** A place as people write it: `$.users[3].callback`, `$["odd key"]`, `$.byName.get("a")`. */
export function pathOf(place: Place | undefined): string {
  const steps: string[] = [];
  for (let at = place; at !== undefined; at = at.up) steps.push(stepText(at.step));
  return `$${steps.reverse().join("")}`;
}

function stepText(step: Place["step"]): string {
  if (typeof step === "object") return step.text;
  if (typeof step === "symbol") {
    const key = Symbol.keyFor(step);
    return key === undefined ? `[${String(step)}]` : `[Symbol.for(${JSON.stringify(key)})]`;
  }
  if (typeof step === "number" || /^(?:0|[1-9]\d{0,9})$/.test(step)) return `[${step}]`;
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

/** How the value of a Map's entry is reached; by its position where the key is not a plain one. */
export function mapStep(key: unknown, position: number): { readonly text: string } {
  const plain = typeof key === "string" || typeof key === "number" || typeof key === "boolean";
  return { text: plain ? `.get(${JSON.stringify(key)})` : `.values()[${position}]` };
}

/** The error for a value that cannot be written, at `path`: of a {@link Refusal}, or of whatever reading the value threw. */
export function notSerializable(error: unknown, path: string): SerializationError {
  if (error instanceof Refusal) {
    return new SerializationError({ code: "NotSerializable", path, reason: error.reason, hint: error.hint });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new SerializationError({
    code: "NotSerializable",
    path,
    reason: `reading the value failed: ${message.replace(/\.$/, "")}`,
    hint: "Store a plain copy of it.",
    cause: error,
  });
}

/** The error for bytes that cannot be read. Without a `hint` it says that they are damaged, or of something else. */
export function notDeserializable(reason: string, hint?: string, cause?: unknown): SerializationError {
  return new SerializationError({
    code: "NotDeserializable",
    reason,
    hint: hint ?? "The bytes are damaged, or something else wrote them.",
    ...(cause === undefined ? {} : { cause }),
  });
}
