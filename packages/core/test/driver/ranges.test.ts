import { expect, test } from "@jest/globals";
import { StorageError } from "@coatcheck/core";
import {
  type Failure,
  LinkedAbort,
  type OpenBody,
  readInRanges,
  type ReadInRangesOptions,
} from "@coatcheck/core/driver";

const bytes = Uint8Array.from({ length: 1000 }, (_, index) => (index * 31) % 251);
const explain = (error: unknown): Failure => ({
  error:
    error instanceof StorageError ? error : new StorageError({ code: "Unavailable", detail: "cut.", retryable: true }),
  applied: false,
});

/** A store of one object that notes which ranges are asked for, and how many are open at once. */
class Store {
  readonly asked: string[] = [];
  readonly cancelled: string[] = [];
  open = 0;
  mostOpen = 0;
  /** Called before each chunk. */
  readonly before: (range: string, offset: number) => Promise<void>;

  constructor(before: (range: string, offset: number) => Promise<void> = async () => {}) {
    this.before = before;
  }

  body(start: number, end: number, signal?: AbortSignal): OpenBody {
    const range = `${start}-${end}`;
    this.asked.push(range);
    this.mostOpen = Math.max(this.mostOpen, ++this.open);
    const { before } = this;
    let isOpen = true;
    const close = (): void => {
      if (isOpen) this.open--;
      isOpen = false;
    };
    async function* chunks(): AsyncGenerator<Uint8Array, void, void> {
      try {
        for (let at = start; at < end; at += 7) {
          await before(range, at);
          yield bytes.slice(at, Math.min(end, at + 7));
        }
      } finally {
        close();
      }
    }
    const destroy = (): void => {
      this.cancelled.push(range);
      close();
    };
    return { stream: Object.assign(chunks(), { destroy }), abort: new LinkedAbort(signal) };
  }

  /** Reads all, where every connection counts as slow. */
  options(given: Partial<ReadInRangesOptions> = {}): ReadInRangesOptions {
    return {
      length: bytes.length,
      ranges: { size: 100, atOnce: 3, slow: Infinity },
      open: async (start, end) => this.body(start, end, given.signal),
      explain,
      policy: { attempts: 3, budget: 1000, firstDelay: 1, maxDelay: 1 },
      idleTimeout: 1000,
      ...given,
    };
  }
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: number[] = [];
  for await (const chunk of body) all.push(...chunk);
  return Uint8Array.from(all);
}

test("readInRanges: a slow connection is helped by others, which have the rest between them, and is then cancelled", async () => {
  const store = new Store(async () => await Promise.resolve());
  expect(await collect(readInRanges(store.body(0, 1000), store.options()).body)).toEqual(bytes);
  // The first 105 bytes tell that it is slow; it gives 100 more.
  const others = Array.from({ length: 8 }, (_, index) => 205 + index * 100);
  expect(store.asked).toEqual(["0-1000", ...others.map((start) => `${start}-${Math.min(1000, start + 100)}`)]);
  expect(store.mostOpen).toBe(3);
  expect(store.cancelled).toContain("0-1000");
});

test("readInRanges: a fast connection, and one that has little left, gives all by itself", async () => {
  const store = new Store();
  const fast = store.options({ ranges: { size: 100, atOnce: 3, slow: 0 } });
  expect(await collect(readInRanges(store.body(0, 1000), fast).body)).toEqual(bytes);
  const short = store.options({ length: 300 });
  expect(await collect(readInRanges(store.body(0, 300), short).body)).toEqual(bytes.slice(0, 300));
  expect(store.asked).toEqual(["0-1000", "0-300"]);
});

test("readInRanges: what comes early waits for its turn, and no more is fetched than may be held", async () => {
  let release!: () => void;
  const held = new Promise<void>((resolve) => (release = resolve));
  // The first others end before the answer's own range does.
  const store = new Store(async (range, offset) => {
    if (range === "0-1000" && offset >= 140) await held;
  });
  const reading = collect(readInRanges(store.body(0, 1000), store.options()).body);
  while (store.asked.length < 3) await new Promise((resolve) => setImmediate(resolve));
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(store.asked).toEqual(["0-1000", "205-305", "305-405"]);
  release();
  expect(await reading).toEqual(bytes);
});

test("readInRanges: a range that breaks off is read on; one that cannot be had is the error of all, and ends the others", async () => {
  let breaks = 4;
  const store = new Store(async (range, offset) => {
    if (range.startsWith("0-") || offset % 100 < 50 || breaks-- <= 0) return;
    throw new Error("reset");
  });
  expect(await collect(readInRanges(store.body(0, 1000), store.options()).body)).toEqual(bytes);
  expect(store.asked.some((range) => /^2[5-9]\d-305$/.test(range))).toBe(true);

  const denied = new StorageError({ code: "PermissionDenied", detail: "not that." });
  const other = new Store();
  const options = other.options({
    open: async (start, end) => {
      if (start > 400) throw denied;
      return other.body(start, end);
    },
  });
  const seen: number[] = [];
  const reading = (async () => {
    for await (const chunk of readInRanges(other.body(0, 1000), options).body) seen.push(...chunk);
  })();
  await expect(reading).rejects.toBe(denied);
  // Everything before it came, in order.
  expect(Uint8Array.from(seen)).toEqual(bytes.slice(0, 405));
  expect(other.open).toBe(0);
});

test("readInRanges: a version that is there no more, or a range that is too long, is an error and never a mix", async () => {
  const store = new Store();
  const gone = store.options({ open: async () => undefined });
  await expect(collect(readInRanges(store.body(0, 1000), gone).body)).rejects.toThrow(/replaced or deleted/);
  const long = store.options({ open: async (start) => store.body(start, 1000) });
  await expect(collect(readInRanges(store.body(0, 1000), long).body)).rejects.toThrow(/for a range of 100/);
});

test("readInRanges: leaving early, cancelling and aborting end every connection", async () => {
  for (const how of ["leave", "cancel", "abort"] as const) {
    const controller = new AbortController();
    const reason = new Error("the caller's own");
    const store = new Store(async () => await new Promise((resolve) => setImmediate(resolve)));
    const { body, cancel } = readInRanges(
      store.body(0, 1000, controller.signal),
      store.options({ signal: controller.signal }),
    );
    let received = 0;
    const reading = (async () => {
      for await (const chunk of body) {
        received += chunk.byteLength;
        if (received < 250) continue;
        if (how === "leave") break;
        if (how === "cancel") await cancel();
        else controller.abort(reason);
      }
    })();
    if (how === "leave") await reading;
    else if (how === "abort") await expect(reading).rejects.toBe(reason);
    else await expect(reading).rejects.toThrow();
    expect(received).toBeLessThan(400);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(store.open).toBe(0);
  }
});
