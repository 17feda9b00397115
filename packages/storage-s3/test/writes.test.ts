import { expect, test } from "@jest/globals";
import { expectBytes, failure, KIB, ownClientTests, read, text, writeTests } from "@coatcheck/test-support/cloud";
import { clientOf, openWith, s3Server } from "./support.ts";

const at = s3Server();

writeTests(
  at,
  [
    { name: "one request", bytes: 1000, decides: "PutObject", unsettled: "Unknown" },
    { name: "parts", bytes: 100 * KIB, decides: "CompleteMultipartUpload", unsettled: "Unknown" },
  ],
  // As somebody is writing.
  { answer: { status: 409, code: "ConditionalRequestConflict" }, ends: "Unavailable" },
);
ownClientTests(at, () => openWith(at, clientOf(at.server, { maxAttempts: 3 })));

test("S3: an abort ends the question whether the service knows conditional deletes; the next delete asks again", async () => {
  const storage = at.openLimited();
  const { version } = await storage.put("asked", text("there"));
  at.server.inject({ at: "request", on: "DeleteObject", action: "stall" });
  const controller = new AbortController();
  const deleting = storage.delete("asked", { when: { version }, signal: controller.signal });
  while (at.server.counts.DeleteObject !== 1) await new Promise((resolve) => setTimeout(resolve, 1));
  const reason = new Error("the caller's own");
  controller.abort(reason);
  await expect(deleting).rejects.toBe(reason);
  expectBytes(await read(storage, "asked"), text("there"));
  await storage.delete("asked", { when: { version } });
  expect(await storage.stat("asked")).toBe(undefined);
});

test("S3: of many who delete at once one asks, and one who gives up takes the answer from nobody", async () => {
  const storage = at.openLimited({}, { prefix: "many" });
  const versions = await Promise.all([0, 1, 2, 3].map(async (n) => (await storage.put(`${n}`, text(`${n}`))).version));
  at.server.reset();
  const controller = new AbortController();
  const deleting = versions.map((version, n) =>
    storage.delete(`${n}`, { when: { version }, ...(n === 0 ? { signal: controller.signal } : {}) }),
  );
  const reason = new Error("the caller's own");
  controller.abort(reason);
  await expect(deleting[0]).rejects.toBe(reason);
  await Promise.all(deleting.slice(1));
  expect((await storage.list()).objects.map(({ key }) => key)).toEqual(["0"]);
  expect(at.server.counts.DeleteObject).toBe(4);
});

test("S3: a service that ignores the condition of a delete is found out before it deletes anything", async () => {
  const storage = at.openLimited();
  const { version } = await storage.put("kept", text("kept"));
  at.server.inject({ at: "request", on: "DeleteObject", action: { status: 204, code: "" }, times: 2 });
  for (let round = 0; round < 2; round++) await failure(storage.delete("kept", { when: { version } }), "NotSupported");
  expectBytes(await read(storage, "kept"), text("kept"));
  const deleted = at.server.requests.filter(({ operation }) => operation === "DeleteObject").map(({ key }) => key);
  expect(deleted).not.toContain("kept");
});
