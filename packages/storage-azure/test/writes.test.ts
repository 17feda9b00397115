import { describe, expect, test } from "@jest/globals";
import { type Storage, StorageError } from "@coatcheck/core";
import type { Limits } from "@coatcheck/core/driver";
import type { AzureOperation } from "@coatcheck/test-servers";
import { azureServer, bytesOf, clientOf, failure, KIB, read, streamOf, text } from "./support.ts";

const at = azureServer();

// One request, and blocks: what decides is another operation.
const shapes: readonly { name: string; decides: AzureOperation; body: (seed: number) => Uint8Array }[] = [
  { name: "one request", decides: "PutBlob", body: (seed) => bytesOf(1000, seed) },
  { name: "blocks", decides: "PutBlockList", body: (seed) => bytesOf(100 * KIB, seed) },
];

describe.each(shapes)("a put by $name", ({ decides, body }) => {
  const openOwn = (policy?: Limits["policy"]): Storage =>
    at.openLimited(policy === undefined ? {} : { policy }, { prefix: decides });

  test("whose answer is lost is a success by its write id, for every condition", async () => {
    const storage = openOwn();
    for (const when of ["any", "absent", "version"] as const) {
      const key = `lost/${when}`;
      const first = when === "absent" ? undefined : await storage.put(key, text("before"));
      const condition = when === "version" ? { version: first!.version } : when;
      at.server.inject({ at: "answer", on: decides, action: "reset" });
      const put = await storage.put(key, body(1), { when: condition });
      expect(await read(storage, key)).toEqual(body(1));
      expect((await storage.stat(key))!.version).toBe(put.version);
    }
  });

  test("whose answer is an error after the fact is a success too", async () => {
    const storage = openOwn();
    for (const status of [500, 502, 504]) {
      at.server.inject({ at: "answer", on: decides, action: { status, code: "OperationTimedOut" } });
      await storage.put(`error/${status}`, body(status), { when: "absent" });
    }
    at.server.inject({ at: "answer", on: decides, action: "garbage" });
    await storage.put("error/garbage", body(1), { when: "absent" });
  });

  test("over somebody else's object is AlreadyExists, where the answer that said so was lost", async () => {
    const storage = openOwn();
    await storage.put("taken", text("theirs"));
    at.server.inject({ at: "request", on: decides, action: "reset" });
    await failure(storage.put("taken", body(1), { when: "absent" }), "AlreadyExists");
    expect(await read(storage, "taken")).toEqual(text("theirs"));
  });

  test("that was replaced after its answer was lost is not said to have failed, nor to be there", async () => {
    const storage = openOwn();
    const { version } = await storage.put("raced", text("before"));
    const headers = { "retry-after": "1" };
    at.server.inject({ at: "answer", on: decides, action: { status: 500, code: "InternalError", headers } });
    const put = failure(storage.put("raced", body(1), { when: { version } }), "Unknown");
    for (;;) {
      const there = await storage.stat("raced");
      if (there!.version !== version) break;
    }
    await openOwn().put("raced", text("theirs"));
    const error = await put;
    expect([error.ambiguous, error.key]).toEqual([true, "raced"]);
  });

  test("that fails on its condition at once is certain: no stat", async () => {
    const storage = openOwn();
    await storage.put("certain", text("there"));
    at.server.reset();
    await failure(storage.put("certain", body(1), { when: "absent" }), "AlreadyExists");
    const error = await failure(storage.put("certain", body(1), { when: { version: "0x1" } }), "Conflict");
    await failure(storage.put("never", body(1), { when: { version: "0x1" } }), "Conflict");
    expect(error.ambiguous).toBe(false);
    expect(at.server.counts.GetBlobProperties).toBe(undefined);
  });

  test("over a version that can be none of Azure's sends no condition of another kind", async () => {
    const storage = openOwn();
    const { version } = await storage.put("star", text("there"));
    at.server.reset();
    for (const wrong of ["*", "", `${version}","0x2`, `"${version}"`, ` ${version}`, `x\r\ny: z`]) {
      await failure(storage.put("star", body(1), { when: { version: wrong } }), "Conflict");
      await failure(storage.delete("star", { when: { version: wrong } }), "Conflict");
    }
    expect(at.server.counts[decides]).toBe(undefined);
    expect(at.server.counts.DeleteBlob).toBe(undefined);
    expect(await read(storage, "star")).toEqual(text("there"));
  });

  test("that meets a copy under way is sent again, and is never AlreadyExists", async () => {
    const storage = openOwn();
    const busy = { status: 409, code: "PendingCopyOperation" };
    at.server.inject({ at: "request", on: decides, action: busy, times: 3 });
    await storage.put("busy", body(1), { when: "absent" });
    at.server.inject({ at: "request", on: decides, action: busy, times: 100 });
    const error = await failure(storage.put("busy/2", body(1), { when: "absent" }), "Unavailable");
    expect([error.retryable, error.ambiguous]).toEqual([true, false]);
  });

  test("whose outcome cannot be looked up is ambiguous", async () => {
    const storage = openOwn({ attempts: 2, budget: 1000, firstDelay: 1, maxDelay: 1 });
    at.server.inject({ at: "answer", on: decides, action: "reset", times: 100 });
    at.server.inject({ at: "request", on: "GetBlobProperties", action: "reset", times: 100 });
    const error = await failure(storage.put("open", body(1), { when: "absent" }), "Unavailable");
    expect(error.ambiguous).toBe(true);
  });

  test("of which 50 race to create one key: one wins, the others are told so, and its bytes are there", async () => {
    const storages = [openOwn(), openOwn()];
    for (const lossy of [false, true]) {
      const key = `race/${lossy}`;
      if (lossy) at.server.inject({ at: "answer", on: decides, action: "reset", times: 25 });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 50 }, (_, seed) => storages[seed % 2]!.put(key, body(seed), { when: "absent" })),
      );
      const winners = outcomes.flatMap(({ status }, seed) => (status === "fulfilled" ? [seed] : []));
      expect(winners).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === "rejected") expect((outcome.reason as StorageError).code).toBe("AlreadyExists");
      }
      expect(await read(storages[0]!, key)).toEqual(body(winners[0]!));
    }
  });

  test("beside others that write the same key without a condition succeeds, and leaves one of them whole", async () => {
    const storage = openOwn();
    const seeds = Array.from({ length: 12 }, (_, seed) => seed);
    await Promise.all(seeds.map((seed) => storage.put("beside", body(seed))));
    const there = Buffer.from((await read(storage, "beside"))!);
    expect(seeds.filter((seed) => there.equals(body(seed)))).toHaveLength(1);
  });
});

test("blocks that Azure dropped, as somebody else wrote, are sent again; where that cannot be it is Unavailable", async () => {
  const storage = at.openLimited();
  const large = bytesOf(300 * KIB);
  let others = 0;
  // Between the blocks and their list another tool commits a list of its own.
  const interfere = async (): Promise<void> => {
    while (others < 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if ((at.server.counts.PutBlockList ?? 0) < 1) continue;
      others++;
      await at.client.getBlockBlobClient("dropped").commitBlockList([]);
    }
  };
  at.server.inject({
    at: "request",
    on: "PutBlockList",
    action: { status: 503, code: "ServerBusy", headers: { "retry-after": "1" } },
  });
  const [put] = await Promise.all([storage.put("dropped", large), interfere()]);
  expect(await read(storage, "dropped")).toEqual(large);
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
  expect(await read(storage, "dropped")).toEqual(large);
});

test("a conditional delete whose answer is lost is ambiguous; one that was not carried out is sent again", async () => {
  const storage = at.openLimited();
  const { version } = await storage.put("a", text("a"));
  await failure(storage.delete("a", { when: { version: "0x1" } }), "Conflict");
  await failure(storage.delete("never", { when: { version: "0x1" } }), "Conflict");
  at.server.inject({ at: "request", on: "DeleteBlob", action: "reset" });
  await storage.delete("a", { when: { version } });
  const again = await storage.put("a", text("a"));
  at.server.inject({ at: "answer", on: "DeleteBlob", action: "reset" });
  const error = await failure(storage.delete("a", { when: { version: again.version } }), "Unknown");
  expect(error.ambiguous).toBe(true);
  expect(await storage.stat("a")).toBe(undefined);
});

test("a delete whose answer is lost succeeds", async () => {
  const storage = at.openLimited();
  await storage.put("b", text("b"));
  at.server.inject({ at: "answer", on: "DeleteBlob", action: "reset" });
  await storage.delete("b");
  expect(await storage.stat("b")).toBe(undefined);
});

test("keys that a batch could not delete are named, those that may be deleted later are tried again", async () => {
  const storage = at.openLimited();
  at.server.inject({ at: "request", on: "BlobBatch", action: { status: 503, code: "ServerBusy" } });
  at.server.inject({ at: "answer", on: "BlobBatch", action: "reset" });
  await storage.put("a", text("a"));
  await storage.deleteMany(["a", "never"]);
  expect(await storage.stat("a")).toBe(undefined);
  const denied = { status: 403, code: "AuthorizationPermissionMismatch" };
  at.server.inject({ at: "request", on: "BlobBatch", action: denied });
  const error = await storage.deleteMany(["a", "b"]).catch((reason: unknown) => reason);
  expect((error as AggregateError).errors.map(({ key, code }: StorageError) => [key, code])).toEqual([
    ["a", "PermissionDenied"],
    ["b", "PermissionDenied"],
  ]);
});

test("of many keys those that cannot be deleted are named, and the others are deleted", async () => {
  const storage = at.openLimited();
  for (const key of ["m/1", "m/2", "m/3", "m/4"]) await storage.put(key, text(key));
  await at.client.getBlobClient("m/2").createSnapshot();
  const lease = at.client.getBlobClient("m/3").getBlobLeaseClient();
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

describe("with a client of one's own, which sends again by itself", () => {
  const open = (): Storage => {
    const own = { container: undefined, endpoint: undefined, accountKey: undefined, client: clientOf(at.server, 3) };
    return at.openLimited({}, own);
  };

  test("an answer that the client lost, and does not tell of, is settled by the write id", async () => {
    const storage = open();
    for (const [name, body] of Object.entries({ small: text("mine"), large: bytesOf(200 * KIB) })) {
      const on = name === "small" ? "PutBlob" : "PutBlockList";
      const lost = { at: "answer", on, action: { status: 500, code: "InternalError" } } as const;
      at.server.inject(lost);
      await storage.put(`own/created/${name}`, body, { when: "absent" });
      const { version } = await storage.put(`own/replaced/${name}`, text("before"));
      at.server.inject(lost);
      await storage.put(`own/replaced/${name}`, body, { when: { version } });
      expect(await read(storage, `own/replaced/${name}`)).toEqual(body);
    }
  });

  test("a delete whose answer the client lost is ambiguous", async () => {
    const storage = open();
    const { version } = await storage.put("own/gone", text("mine"));
    at.server.inject({ at: "answer", on: "DeleteBlob", action: { status: 500, code: "InternalError" } });
    expect((await failure(storage.delete("own/gone", { when: { version } }), "Unknown")).ambiguous).toBe(true);
  });

  test("a condition that fails on the client's first attempt is what it says", async () => {
    const storage = open();
    await storage.put("own/there", text("there"));
    at.server.reset();
    await failure(storage.put("own/there", text("mine"), { when: "absent" }), "AlreadyExists");
    await failure(storage.put("own/there", text("mine"), { when: { version: "0x1" } }), "Conflict");
    await failure(storage.put("own/there", streamOf(bytesOf(200 * KIB)), { when: { version: "0x1" } }), "Conflict");
    await failure(storage.delete("own/there", { when: { version: "0x1" } }), "Conflict");
    expect(at.server.counts.GetBlobProperties).toBe(undefined);
  });

  test("a body in many chunks is sent whole each time", async () => {
    const storage = open();
    const chunks = [bytesOf(40 * KIB, 1), bytesOf(20 * KIB, 2)];
    at.server.inject({ at: "answer", on: "PutBlob", action: { status: 503, code: "ServerBusy" }, times: 2 });
    await storage.put("own/chunks", chunks);
    expect(await read(storage, "own/chunks")).toEqual(new Uint8Array(Buffer.concat(chunks)));
    expect(at.server.counts.PutBlob).toBe(3);
  });
});
