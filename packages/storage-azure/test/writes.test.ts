import { describe, expect, test } from "@jest/globals";
import type { StorageError } from "@coatcheck/core";
import {
  bytesOf,
  expectBytes,
  failure,
  KIB,
  ownClientTests,
  type PutShape,
  read,
  streamOf,
  text,
  writeTests,
} from "@coatcheck/test-support/cloud";
import { azureServer, clientOf, openWith } from "./support.ts";

const at = azureServer();

const shapes = [
  { name: "one request", bytes: 1000, decides: "PutBlob", unsettled: "Unavailable" },
  { name: "blocks", bytes: 100 * KIB, decides: "PutBlockList", unsettled: "Unavailable" },
] as const satisfies PutShape[];

writeTests(at, shapes, { answer: { status: 409, code: "PendingCopyOperation" }, ends: "Unavailable" });
ownClientTests(at, () => openWith(at, clientOf(at.server, 3)));

describe.each(shapes)("Azure: a put by $name", ({ bytes, decides }) => {
  test("over a version that can be none of Azure's sends no condition of another kind", async () => {
    const storage = at.openLimited({}, { prefix: decides });
    const { version } = await storage.put("star", text("there"));
    at.server.reset();
    for (const wrong of ["*", "", `${version}","0x2`, `"${version}"`, ` ${version}`, `x\r\ny: z`]) {
      await failure(storage.put("star", bytesOf(bytes), { when: { version: wrong } }), "Conflict");
      await failure(storage.delete("star", { when: { version: wrong } }), "Conflict");
    }
    expect(at.server.counts[decides]).toBe(undefined);
    expect(at.server.counts.DeleteBlob).toBe(undefined);
    expectBytes(await read(storage, "star"), text("there"));
  });
});

test("Azure: blocks that Azure dropped, as somebody else wrote, are sent again; where that cannot be it is Unavailable", async () => {
  const storage = at.openLimited();
  const large = bytesOf(300 * KIB);
  let others = 0;
  // Between the blocks and their list another tool commits a list of its own.
  const interfere = async (): Promise<void> => {
    while (others < 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if ((at.server.counts.PutBlockList ?? 0) < 1) continue;
      others++;
      await clientOf(at.server).getBlockBlobClient("dropped").commitBlockList([]);
    }
  };
  at.server.inject({
    at: "request",
    on: "PutBlockList",
    action: { status: 503, code: "ServerBusy", headers: { "retry-after": "1" } },
  });
  const [put] = await Promise.all([storage.put("dropped", large), interfere()]);
  expectBytes(await read(storage, "dropped"), large);
  expect((await storage.stat("dropped"))!.version).toBe(put.version);
  expect(at.server.counts.PutBlock).toBe(10);

  at.server.inject({
    at: "request",
    on: "PutBlockList",
    action: { status: 400, code: "InvalidBlockList" },
    times: 100,
  });
  const error = await failure(storage.put("dropped", streamOf(bytesOf(300 * KIB, 2))), "Unavailable");
  expect([error.retryable, error.ambiguous]).toEqual([true, false]);
  expect(error.detail).toMatch(/somebody else has written the object .* Put it again/);
  expectBytes(await read(storage, "dropped"), large);
});

test("Azure: of many keys those that cannot be deleted are named, and the others are deleted", async () => {
  const storage = at.openLimited();
  for (const key of ["m/1", "m/2", "m/3", "m/4"]) await storage.put(key, text(key));
  await clientOf(at.server).getBlobClient("m/2").createSnapshot();
  const lease = clientOf(at.server).getBlobClient("m/3").getBlobLeaseClient();
  await lease.acquireLease(-1);
  const error = await storage.deleteMany(["m/1", "m/2", "m/3", "m/4"]).catch((reason: unknown) => reason);
  const errors = (error as AggregateError).errors as StorageError[];
  expect(errors.map(({ key, code }) => [key, code])).toEqual([
    ["m/2", "PermissionDenied"],
    ["m/3", "PermissionDenied"],
  ]);
  expect(errors[0]!.detail).toMatch(/snapshots, which a delete would take along\. Delete them first/);
  expect(errors[1]!.detail).toMatch(/holds a lease/);
  expect((await storage.list({ prefix: "m/" })).objects.map(({ key }) => key)).toEqual(["m/2", "m/3"]);
  await lease.releaseLease();
});

test("Azure: a body in many chunks is sent whole each time that a client of one's own sends it", async () => {
  const storage = openWith(at, clientOf(at.server, 3));
  const chunks = [bytesOf(40 * KIB, 1), bytesOf(20 * KIB, 2)];
  at.server.inject({ at: "answer", on: "PutBlob", action: { status: 503, code: "ServerBusy" }, times: 2 });
  await storage.put("own/chunks", chunks);
  expectBytes(await read(storage, "own/chunks"), new Uint8Array(Buffer.concat(chunks)));
  expect(at.server.counts.PutBlob).toBe(3);
});
