import fs from "node:fs";
import { join } from "node:path";
import { afterEach, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { local } from "@coatcheck/storage-local";
import { failure, filesBelow, temporaryFolders, text } from "./support.ts";

const folder = temporaryFolders();
afterEach(() => {
  jest.restoreAllMocks();
});

const KB = 1024;
/** About what is gathered, copied and written at once. */
const lengths = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.constantFrom(...[64, 256, 512, 1024].flatMap((size) => [size * KB - 1, size * KB, size * KB + 1])),
  fc.integer({ min: 0, max: 1300 * KB }),
);

test("a stream is kept as it came, whatever its chunks are, though its source uses their memory again", async () => {
  const root = folder();
  const storage = local({ path: root, durability: "none" });
  await fc.assert(
    fc.asyncProperty(fc.array(lengths, { maxLength: 20 }), fc.boolean(), async (sizes, isPaced) => {
      const memory = new Uint8Array(1300 * KB);
      const expected: Buffer[] = [];
      async function* source(): AsyncGenerator<Uint8Array> {
        for (const [index, size] of sizes.entries()) {
          if (isPaced) await new Promise((resolve) => setImmediate(resolve));
          memory.fill(index + 1, 0, size);
          memory[size >> 1] = 0xff;
          expected.push(Buffer.from(memory.subarray(0, size)));
          yield memory.subarray(0, size);
        }
        memory.fill(0);
      }
      const { size } = await storage.put("k", source());
      const whole = Buffer.concat(expected);
      expect(size).toBe(whole.byteLength);
      expect(Buffer.compare(fs.readFileSync(join(root, "k")), whole)).toBe(0);
    }),
    { numRuns: 150 },
  );
});

/** What the writes and closes of files do, in their order; the writes end only when `write` does. */
function watched(write: () => Promise<Error | undefined>): string[] {
  const events: string[] = [];
  const { writev, closeSync } = fs;
  jest.spyOn(fs, "writev").mockImplementation(((
    file: number,
    chunks: Uint8Array[],
    done: (error: unknown, written?: number) => void,
  ): void => {
    events.push("write");
    const run = async (): Promise<void> => {
      const error = await write();
      events.push("written");
      if (error === undefined) writev(file, chunks, done as never);
      else done(error);
    };
    void run();
  }) as never);
  jest.spyOn(fs, "closeSync").mockImplementation((file) => {
    events.push("close");
    closeSync(file);
  });
  return events;
}

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

test("a stream that fails while a part of it is written: the file is closed after that, and nothing is left", async () => {
  const root = folder();
  const storage = local({ path: root });
  await storage.put("k", text("old"));
  const events = watched(async () => {
    await turns(5);
    return undefined;
  });
  const reason = new Error("the source's own");
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < 12; index++) yield new Uint8Array(200 * KB);
    throw reason;
  }
  await expect(storage.put("k", source())).rejects.toBe(reason);
  expect(events.filter((event) => event === "write").length).toBeGreaterThan(0);
  expect(events.slice(-3)).toEqual(["write", "written", "close"]);
  expect(filesBelow(root)).toEqual(["k"]);
  expect(fs.readFileSync(join(root, "k"), "utf8")).toBe("old");
});

test("a write that fails behind a stream ends the stream, which is told, and nothing is left", async () => {
  const root = folder();
  const storage = local({ path: root });
  const error = Object.assign(new Error("EIO: injected, write"), { code: "EIO", syscall: "write" });
  const events = watched(async () => error);
  let given = 0;
  let returned = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      for (; given < 1000; given++) {
        await turns(1);
        yield new Uint8Array(200 * KB);
      }
    } finally {
      returned = true;
    }
  }
  expect((await failure(storage.put("k", source()), "Unavailable")).cause).toBe(error);
  expect({ returned, writes: events.filter((event) => event === "write").length }).toEqual({
    returned: true,
    writes: 1,
  });
  expect(given).toBeLessThan(15);
  expect(filesBelow(root)).toEqual([]);
});
