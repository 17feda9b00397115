import { expect, test } from "@jest/globals";
import { type DriverObject, StoredObject } from "@coatcheck/core";

function scene(): { object: StoredObject; cancelled(): number; read(): number } {
  let cancelled = 0;
  let read = 0;
  const driverObject: DriverObject = {
    info: { key: "key", size: 2, version: "1", modifiedAt: new Date() },
    body: (async function* () {
      for (const byte of [1, 2]) {
        read++;
        yield new Uint8Array([byte]);
      }
    })(),
    cancel: async () => void cancelled++,
  };
  const object = new StoredObject(driverObject, driverObject.info, 2, (error) => error);
  return { object, cancelled: () => cancelled, read: () => read };
}

test("a stream that is cancelled before it is read ends the request", async () => {
  const { object, cancelled, read } = scene();
  await object.stream().cancel();
  expect(cancelled()).toBeGreaterThan(0);
  expect(read()).toBe(0);
});

test("a stream that is left early ends the request", async () => {
  const { object, cancelled, read } = scene();
  for await (const chunk of object.stream()) {
    expect([...chunk]).toEqual([1]);
    break;
  }
  expect(cancelled()).toBeGreaterThan(0);
  expect(read()).toBe(1);
});
