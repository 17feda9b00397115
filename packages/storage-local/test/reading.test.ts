import fs, {
  appendFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, jest, test } from "@jest/globals";
import type { Storage } from "@coatcheck/core";
import { local } from "@coatcheck/storage-local";
import { failure, read, temporaryFolders, text } from "./support.ts";

const folder = temporaryFolders();
const SIZE = 3 * 1024 * 1024 + 1;
const large = Uint8Array.from({ length: SIZE }, (_, index) => (index * 7) % 251);

async function scene(): Promise<{ root: string; path: string; storage: Storage }> {
  const root = folder();
  const storage = local({ path: root });
  await storage.put("key", large);
  return { root, path: join(root, "key"), storage };
}

async function drain(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** How many files below `root` this process has open. Only Linux tells. */
function openBelow(root: string): number {
  const targets = readdirSync("/proc/self/fd").map((file) => {
    try {
      return readlinkSync(`/proc/self/fd/${file}`);
    } catch {
      return "";
    }
  });
  return targets.filter((target) => target.startsWith(root)).length;
}

const onLinux = process.platform === "linux" ? test : test.skip;

describe("open files", () => {
  const uses: Record<string, (storage: Storage) => Promise<unknown>> = {
    "bytes()": async (storage) => (await storage.get("key"))!.bytes(),
    "a stream, to its end": async (storage) => drain((await storage.get("key"))!.stream()),
    "a stream, left early": async (storage) => {
      for await (const _ of (await storage.get("key"))!.stream()) break;
    },
    "a stream that is cancelled before it is read": async (storage) => (await storage.get("key"))!.stream().cancel(),
    "cancel()": async (storage) => (await storage.get("key"))!.cancel(),
    "await using": async (storage) => {
      await using object = await storage.get("key");
      return object;
    },
    "a range of no bytes": async (storage) => (await storage.get("key", { range: { start: SIZE } }))!.bytes(),
    "an abort before the first read": async (storage) => {
      const controller = new AbortController();
      const object = await storage.get("key", { signal: controller.signal });
      controller.abort();
      await expect(object!.bytes()).rejects.toBe(controller.signal.reason);
    },
    "an abort while it is read": async (storage) => {
      const controller = new AbortController();
      const reader = (await storage.get("key", { signal: controller.signal }))!.stream().getReader();
      await reader.read();
      controller.abort();
      await expect(reader.read()).rejects.toBe(controller.signal.reason);
    },
    "a key that is not there": (storage) => storage.get("other"),
    "a failed write": (storage) =>
      storage
        .put(
          "key",
          (async function* () {
            yield large;
            throw new Error("source");
          })(),
        )
        .catch(() => {}),
    "a write, a refused one and a delete": async (storage) => {
      await storage.put("key", large);
      await failure(storage.put("key", large, { when: "absent" }), "AlreadyExists");
      await storage.delete("key");
    },
  };

  onLinux.each(Object.entries(uses))("none is left after %s", async (_name, use) => {
    const { root, storage } = await scene();
    await use(storage);
    expect(openBelow(root)).toBe(0);
  });

  onLinux("none is left where the file cannot be looked at once it is open", async () => {
    const { root, storage } = await scene();
    jest.spyOn(fs, "fstatSync").mockImplementationOnce(() => {
      throw Object.assign(new Error("EIO: injected, fstat"), { code: "EIO", syscall: "fstat" });
    });
    await failure(storage.get("key"), "Unavailable");
    expect(openBelow(root)).toBe(0);
  });

  onLinux("one of an object that was dropped unread is closed with the garbage", async () => {
    const { root, storage } = await scene();
    await (async () => void (await storage.get("key")))();
    expect(openBelow(root)).toBe(1);
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    for (let round = 0; round < 100 && openBelow(root) > 0; round++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(openBelow(root)).toBe(0);
  });
});

describe("an object", () => {
  test("is read from one file, whatever becomes of its name", async () => {
    const { storage } = await scene();
    const [whole, streamed] = [await storage.get("key"), await storage.get("key")];
    const reader = streamed!.stream().getReader();
    const first = (await reader.read()).value!;
    await storage.put("key", text("other"));
    await storage.delete("key");
    expect(Buffer.compare(await whole!.bytes(), large)).toBe(0);
    reader.releaseLock();
    expect(Buffer.compare(first, large.subarray(0, first.byteLength))).toBe(0);
    expect(await read(storage, "key")).toBeUndefined();
  });

  test("comes in bytes of its own: a plain Uint8Array with nothing around it", async () => {
    const { storage } = await scene();
    const bytes = await (await storage.get("key", { range: { start: 1, end: 5 } }))!.bytes();
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
    expect(bytes.buffer.byteLength).toBe(4);
    expect([...bytes]).toEqual([...large.subarray(1, 5)]);
  });

  const changes: Record<string, (path: string) => void> = {
    "was cut": (path) => truncateSync(path, 1000),
    "was emptied": (path) => truncateSync(path, 0),
    "has grown": (path) => appendFileSync(path, "more"),
    "was overwritten": (path) => writeFileSync(path, large.toReversed()),
    "was overwritten and dated back a little": (path) => {
      const { mtimeMs } = statSync(path);
      writeFileSync(path, large.toReversed());
      utimesSync(path, mtimeMs / 1000 - 1, mtimeMs / 1000 - 1);
    },
  };

  test.each(Object.entries(changes))("that %s while it was read is Corrupt", async (_name, change) => {
    for (const way of ["bytes", "stream", "begun"]) {
      const { path, storage } = await scene();
      const object = await storage.get("key");
      if (way === "bytes") {
        change(path);
        const error = await failure(object!.bytes(), "Corrupt");
        expect(error.key).toBe("key");
        expect(error.retryable).toBe(true);
      } else {
        const reader = object!.stream().getReader();
        if (way === "begun") await reader.read();
        change(path);
        const rest = async (): Promise<void> => {
          while (!(await reader.read()).done);
        };
        await failure(rest(), "Corrupt");
      }
    }
  });
});
