/** What a failing case throws: what was looked at, what was expected and what came. */
export class ConformanceError extends Error {
  override readonly name: string = "ConformanceError";
}

/** Fails the case. */
export function fail(message: string): never {
  throw new ConformanceError(message);
}

/** Fails the case unless `condition` holds. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) fail(message);
}

/** Fails unless both are the same value (`Object.is`). */
export function equal(actual: unknown, expected: unknown, what: string): void {
  if (!Object.is(actual, expected)) fail(`${what}: expected ${show(expected)}, got ${show(actual)}`);
}

/** Fails unless both lists hold the same strings in the same order; names the first difference. */
export function equalLists(actual: readonly string[], expected: readonly string[], what: string): void {
  const at = expected.findIndex((each, index) => actual[index] !== each);
  if (at >= 0) fail(`${what}: expected ${show(expected[at])} at position ${at}, got ${show(actual[at])}`);
  if (actual.length > expected.length) {
    fail(`${what}: expected ${expected.length} entries, got ${show(actual[expected.length])} after them`);
  }
}

/** Fails unless both hold the same bytes; names the first that differs. */
export function equalBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  const at = firstDifferentByte(actual, expected);
  if (at === undefined) return;
  const length = `${actual.byteLength} bytes where ${expected.byteLength} were expected`;
  const found = at < actual.byteLength ? `0x${actual[at]!.toString(16)}` : "the end";
  const wanted = at < expected.byteLength ? `0x${expected[at]!.toString(16)}` : "the end";
  fail(`${what}: ${length}; at byte ${at} expected ${wanted}, got ${found}`);
}

/** Where two byte arrays first differ, or undefined. */
export function firstDifferentByte(a: Uint8Array, b: Uint8Array): number | undefined {
  const length = Math.min(a.byteLength, b.byteLength);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return a.byteLength === b.byteLength ? undefined : length;
}

/** What `promise` rejects with; fails where it resolves. */
export async function rejection(promise: Promise<unknown>, what: string): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  fail(`${what}: expected it to reject, it resolved with ${show(value)}`);
}

/** Runs `work`, and fails where it has not ended after `ms` milliseconds: something hangs. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ConformanceError(`it hangs: no end after ${ms} ms (option timeout)`)), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** A value in a message: short, on one line. */
export function show(value: unknown): string {
  let text: string;
  if (typeof value === "string") text = JSON.stringify(value);
  else if (ArrayBuffer.isView(value)) text = `${value.byteLength} bytes`;
  else if (typeof value === "bigint") text = `${value}n`;
  else if (Object.is(value, -0)) text = "-0";
  else if (typeof value === "object" && value !== null) text = showObject(value);
  else text = String(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function showObject(value: object): string {
  try {
    const isError = Object.prototype.toString.call(value) === "[object Error]" || value instanceof Error;
    if (isError) return `${(value as Error).name}: ${(value as Error).message}`;
    return JSON.stringify(value) ?? Object.prototype.toString.call(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
