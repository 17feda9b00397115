import { firstDifference } from "../../packages/testing/src/serializer/difference.ts";
import type { Kind } from "./corpus.ts";
import type { Library } from "./library.ts";

/**
 * What becomes of a value: exact, refused with a clear error, silently changed, an error that helps nobody, ran away,
 * written but not readable; `-` where this runtime has no such values.
 */
export type Letter = "E" | "C" | "L" | "U" | "R" | "X" | "-";

/** What became of a kind, and why. */
export interface Verdict {
  readonly letter: Letter;
  readonly why: string;
}

/** The worst that happens to a value of a kind counts for the kind. */
const SEVERITY: readonly Letter[] = ["E", "C", "U", "R", "X", "L"];

/** Errors that name what tripped inside the library, or nothing at all, and not what of the value it cannot carry. */
const ACCIDENT =
  /call stack|read propert|set propert|is not a function|is not iterable|is not a constructor|not an object|Cannot convert|Invalid (string|array|typed array|array buffer) length|out of (range|bounds|memory)|outside .*bounds|is undefined|Cannot mix BigInt|allocation failed|too large|Cannot create a string longer|incompatible receiver|must be (of type|one of)|object is not extensible|read only property|a getter ran|^Seroval Error \(step: \d\)$/i;

/** Whether an error says what cannot be carried, and is no accident inside the library. */
export function isClear(error: unknown): boolean {
  const message: unknown = (error as { message?: unknown } | null | undefined)?.message;
  return typeof message === "string" && message.trim() !== "" && !ACCIDENT.test(message);
}

/** Sends the values of a kind through a library. `guard` is told when the library begins and ends to work. */
export async function classify(library: Library, { values }: Kind, guard: Guard = unguarded): Promise<Verdict> {
  if (values.length === 0) return { letter: "-", why: "" };
  let worst: Verdict = { letter: "E", why: "" };
  for (const make of values) {
    const verdict = await classifyOne(library, make, guard);
    if (SEVERITY.indexOf(verdict.letter) > SEVERITY.indexOf(worst.letter)) worst = verdict;
  }
  return worst;
}

/** What is told when a library begins and ends to work. */
export interface Guard {
  begin(): void;
  end(): void;
}

const unguarded: Guard = { begin() {}, end() {} };

async function classifyOne(library: Library, make: () => unknown, guard: Guard): Promise<Verdict> {
  const value = make();
  let written: never;
  let back: unknown;
  guard.begin();
  try {
    written = (await library.write(value)) as never;
  } catch (error) {
    const letter = (library.isClear ?? isClear)(error) ? "C" : "U";
    return { letter, why: String((error as Error | undefined)?.message ?? error).slice(0, 300) };
  } finally {
    guard.end();
  }
  guard.begin();
  try {
    back = await unwrapped(library.read(written));
  } catch (error) {
    const why = String((error as Error | undefined)?.message ?? error).slice(0, 300);
    // Whether the stack overflows when it is written or when it is read is a matter of how warm the code is.
    return { letter: /call stack/i.test(why) ? "U" : "X", why };
  } finally {
    guard.end();
  }
  const difference = firstDifference(back, make());
  return difference === undefined ? { letter: "E", why: "" } : { letter: "L", why: difference.slice(0, 300) };
}

/** Awaits, but takes what merely has a method `then` for the value that it is. */
async function unwrapped(read: unknown): Promise<unknown> {
  return read instanceof Promise ? ((await read) as unknown) : read;
}
