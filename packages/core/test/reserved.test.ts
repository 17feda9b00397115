import { expect, test } from "@jest/globals";
import { memory, NoResult, ResultStore } from "@coatcheck/core";
import { openReserved } from "@coatcheck/core/reserved";
import { counted, plainJson, rejection, streamOf } from "./helpers.ts";

const key = ".coatcheck/cache/1";

test("reserved keys are written here and nowhere else, and a reference to them is read everywhere", async () => {
  const storage = memory();
  const store = new ResultStore({ storage, serializer: plainJson });
  const reserved = await openReserved({ storage, serializer: plainJson });
  const reference = JSON.stringify(await reserved.write(["kept"], { key }));
  expect(await store.read(reference)).toEqual(["kept"]);
  expect(await store.exists(reference)).toBe(true);
  expect(await (await reserved.fetch(key)).get()).toEqual(["kept"]);
  await rejection(store.write([], { key }), "InvalidKey");
  await rejection(store.read(key), "InvalidKey");
  const refused = await rejection(reserved.write([], { key: "cache/1" }), "InvalidKey");
  expect(refused.message).toBe(`"cache/1": keys under .coatcheck/ are all there is here. Choose another key.`);
});

test("a condition means the object, though its record has expired", async () => {
  const reserved = await openReserved({ storage: memory(), serializer: plainJson });
  const { version } = await reserved.write([1], { key, expiresIn: 1 });
  await new Promise((resolve) => setTimeout(resolve, 5));
  await rejection(reserved.fetch(key), "Expired");
  await rejection(reserved.write([2], { key, when: "absent" }), "AlreadyExists");
  await reserved.write([2], { key, when: { version: version! } });
  await rejection(reserved.write([3], { key, when: { version: version! } }), "Conflict");
  expect(await (await reserved.fetch(key)).get()).toEqual([2]);
});

test("a reference still pins one write", async () => {
  const storage = memory();
  const reserved = await openReserved({ storage, serializer: plainJson });
  const first = await reserved.write([1], { key });
  await reserved.write([2], { key });
  await rejection(new ResultStore({ storage, serializer: plainJson }).read(first.toJSON()), "Replaced");
});

test("a fetch has the value in one request, and results of that write need no other", async () => {
  const { storage, calls } = counted();
  const reserved = await openReserved({ storage, serializer: plainJson });
  const { location } = await reserved.write([1], { key });
  calls.length = 0;
  const found = await reserved.fetch<number[]>(location!);
  expect([found.value, found.reference.key]).toEqual([[1], key]);
  expect(await found.get()).toBe(found.value);
  expect(await found.clone().get()).toEqual([1]);
  expect(await found.clone().get()).not.toBe(found.value);
  expect(calls).toEqual(["get"]);
  expect((await reserved.fetch(found.reference)).value).toEqual([1]);
  await reserved.write([2], { key });
  await rejection(reserved.fetch(found.reference), "Replaced");
  await rejection(reserved.fetch(".coatcheck/cache/2"), "Missing");
});

test("a fetch does not open a stream, and its reference has what the trailer says", async () => {
  const reserved = await openReserved({ storage: memory(), serializer: plainJson });
  const written = await reserved.write(streamOf(new Uint8Array(10_000)), { key });
  const found = await reserved.fetch<ReadableStream<Uint8Array>>(key);
  expect(found.toJSON()).toEqual(written.toJSON());
  expect(found.value).toBe(NoResult);
  expect(await new Response(await found.get()).arrayBuffer()).toHaveProperty("byteLength", 10_000);
});

test("bad options are refused", async () => {
  await rejection(openReserved({ storage: "nowhere/to-be-found" }), "UnknownBlock");
  await rejection(openReserved({ storage: memory(), cacheBytes: -1 }), "InvalidOption");
});
