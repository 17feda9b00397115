import { expect, test } from "@jest/globals";
import {
  bytesOf,
  cancelTest,
  expectBytes,
  expectNothing,
  failure,
  KIB,
  memoryTest,
  MIB,
  read,
  streamOf,
  streamTests,
} from "@coatcheck/test-support/cloud";
import { gcsServer } from "./support.ts";

const at = gcsServer();
const large = bytesOf(300 * KIB);

streamTests(at);
cancelTest(at);
memoryTest(at, 1024);

test("GCS: a stream of unknown length that has more than the service takes is TooLarge, and leaves nothing", async () => {
  const storage = at.openLimited({ partSize: 1000, maxHeld: 4000, growAfter: 2, maxSize: 35_000 });
  // Chunks of 1,000, then 2,000, then 4,000 bytes.
  await storage.put("full", streamOf(bytesOf(35_000)));
  expectBytes(await read(storage, "full"), bytesOf(35_000));
  const ranges = at.server.requests.map(({ headers }) => headers["content-range"]);
  expect(ranges.slice(1, 7)).toEqual([
    "bytes 0-999/*",
    "bytes 1000-1999/*",
    "bytes 2000-3999/*",
    "bytes 4000-5999/*",
    "bytes 6000-9999/*",
    "bytes 10000-13999/*",
  ]);
  const error = await failure(storage.put("over", streamOf(bytesOf(35_001))), "TooLarge");
  expect(error.detail).toMatch(/Split it/);
  await expectNothing(at, "over");
});

test("GCS: a body whose size is given is refused before it is asked for, where it is too large", async () => {
  const storage = at.openLimited({ maxSize: 1 * MIB });
  let asked = false;
  async function* never(): AsyncGenerator<Uint8Array, void, void> {
    asked = true;
    yield large;
  }
  await failure(storage.put("refused", never(), { size: MIB + 1 }), "TooLarge");
  await failure(storage.put("refused", bytesOf(MIB + 1)), "TooLarge");
  expect(asked).toBe(false);
  expect(at.server.requests).toEqual([]);
  for (const off of [-1, 1]) {
    await failure(storage.put("other", streamOf(large), { size: large.byteLength + off }), "Corrupt");
  }
  await expectNothing(at, "other");
});

test("GCS: of a chunk that is cut, what the service kept is not sent again", async () => {
  const storage = at.openLimited();
  at.server.inject({ at: "request body", on: "uploads.chunk", action: "reset", bytes: 100_000 });
  await storage.put("array", large);
  expectBytes(await read(storage, "array"), large);
  const ranges = at.server.requests
    .filter(({ operation }) => operation === "uploads.chunk")
    .map(({ headers }) => headers["content-range"]);
  expect(ranges).toHaveLength(3);
  expect(ranges.slice(0, 2)).toEqual([
    `bytes 0-${large.byteLength - 1}/${large.byteLength}`,
    `bytes */${large.byteLength}`,
  ]);
  expect(Number(/^bytes (\d+)-/.exec(ranges[2]!)![1])).toBeGreaterThan(100_000);
});

test("GCS: a stream that ends where a chunk does is finished with no bytes more", async () => {
  const storage = at.openLimited();
  const bytes = bytesOf(192 * KIB);
  await storage.put("even", streamOf(bytes));
  expect(at.server.requests.at(-1)!.headers["content-range"]).toBe(`bytes */${bytes.byteLength}`);
  expectBytes(await read(storage, "even"), bytes);
});

test("GCS: an upload that the service has forgotten is an error that says so, and may be put again", async () => {
  const storage = at.openLimited();
  for (const status of [404, 410]) {
    at.server.inject({ at: "request", on: "uploads.chunk", action: { status, code: "gone" }, after: 1 });
    const error = await failure(storage.put("forgotten", streamOf(large)), "Unavailable");
    expect(error.detail).toMatch(/the upload is not there any more.*Put it again/);
    at.server.reset();
  }
  expect(at.server.orphans).toEqual([]);
});
