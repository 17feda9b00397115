import { expect, test } from "@jest/globals";
import { bytesOf, expectBytes, failure, KIB, read, streamOf, text, writeTests } from "@coatcheck/test-support/cloud";
import { gcsServer } from "./support.ts";

const at = gcsServer();

writeTests(
  at,
  [
    { name: "one request", bytes: 1000, decides: "objects.insert", unsettled: "Unknown" },
    // One that is complete says so for as long as it is remembered.
    {
      name: "a resumable upload",
      bytes: 100 * KIB,
      decides: "uploads.chunk",
      unsettled: "Unavailable",
      remembered: true,
    },
  ],
  { answer: { status: 429, code: "rateLimitExceeded" }, ends: "RateLimited" },
);

test("GCS: a version that is none is Conflict: 0, above all, which would create", async () => {
  const storage = at.openLimited();
  for (const version of ["0", "00", "-1", "1e3", "no", "99999999999999999999"]) {
    await failure(storage.put("new", text("new"), { when: { version } }), "Conflict");
    await failure(storage.put("new", streamOf(bytesOf(200 * KIB)), { when: { version } }), "Conflict");
    await failure(storage.delete("new", { when: { version } }), "Conflict");
  }
  expect(at.server.requests).toEqual([]);
});

test("GCS: an upload whose key was taken after it began fails at its end, and replaces nothing", async () => {
  const storage = at.openLimited();
  for (const when of ["absent", "version"] as const) {
    const key = `late/${when}`;
    const before = when === "absent" ? undefined : await storage.put(key, text("before"));
    async function* source(): AsyncGenerator<Uint8Array, void, void> {
      yield* streamOf(bytesOf(200 * KIB));
      await at.open().put(key, text("theirs"));
    }
    const put = storage.put(key, source(), { when: before === undefined ? "absent" : { version: before.version } });
    await failure(put, when === "absent" ? "AlreadyExists" : "Conflict");
    expectBytes(await read(storage, key), text("theirs"));
  }
  expect(at.server.orphans).toEqual([]);
});
