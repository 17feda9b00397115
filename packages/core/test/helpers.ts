import { expect } from "@jest/globals";
import { memory, type Serializer, SerializationError, type Storage } from "@coatcheck/core";

/** JSON as it is: enough of a serializer for tests of the core, which has none of its own. */
export const plainJson: Serializer = {
  type: "plain-json",
  serialize(value) {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new SerializationError({ code: "NotSerializable", path: "$", reason: "no JSON" });
    return new TextEncoder().encode(text);
  },
  deserialize: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
};

/** A storage that counts what is asked of it. */
export function counted(storage: Storage = memory()): { storage: Storage; calls: string[]; bytesRead: () => number } {
  const calls: string[] = [];
  let read = 0;
  const proxy = new Proxy(storage, {
    get(target, name) {
      const member = Reflect.get(target, name, target) as unknown;
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) => {
        calls.push(String(name));
        const result: unknown = await (member as (...all: unknown[]) => unknown).apply(target, args);
        if (name === "get" && result !== undefined) {
          const range = (args[1] as { range?: { start: number; end?: number } } | undefined)?.range;
          const { size } = (result as { info: { size: number } }).info;
          read += Math.max(0, Math.min(range?.end ?? size, size) - (range?.start ?? 0));
        }
        return result;
      };
    },
  });
  return { storage: proxy, calls, bytesRead: () => read };
}

/** Asserts that a promise rejects with an error of Coatcheck that has this code, and gives the error. */
export async function rejection(promise: Promise<unknown>, code: string): Promise<Error & { code: string }> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!("error" in outcome)) throw new Error(`expected ${code}, but it resolved`);
  // Only then asked of expect, since some tests come here ten thousands of times, and that would be most of their time.
  if ((outcome.error as { code?: unknown } | null)?.code !== code) expect(outcome.error).toMatchObject({ code });
  return outcome.error as Error & { code: string };
}

/** A stream of these chunks. */
export function streamOf(...chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

/** All bytes of a stream. */
export async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
