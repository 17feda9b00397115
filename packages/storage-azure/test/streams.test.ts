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
  partTests,
  read,
  streamOf,
  streamTests,
  text,
} from "@coatcheck/test-support/cloud";
import { azureServer, clientOf, openWith } from "./support.ts";

const at = azureServer();
const large = bytesOf(300 * KIB);

streamTests(at);
partTests(at);
cancelTest(at);
memoryTest(at, 256);

test("Azure: blocks of an upload that failed stay with Azure, unseen, until the key is written in parts or a week is over", async () => {
  const storage = at.openLimited();
  const { version } = await storage.put("left", text("before"));
  at.server.inject({ at: "request", on: "PutBlockList", action: { status: 403, code: "AuthorizationFailure" } });
  await failure(storage.put("left", large), "PermissionDenied");
  const blob = clientOf(at.server).getBlockBlobClient("left");
  const left = async (): Promise<number> => (await blob.getBlockList("uncommitted")).uncommittedBlocks?.length ?? 0;
  expect(await left()).toBe(5);
  // What was there has not been touched: a commit of what it has would drop them, and make another version of it.
  expect(await storage.stat("left")).toMatchObject({ version, size: 6 });
  expectBytes(await read(storage, "left"), text("before"));
  await storage.put("left", bytesOf(200 * KIB), { when: { version } });
  expect(await left()).toBe(0);
});

test("Azure: blocks that another tool left at the key are in the way only where their ids are of another length", async () => {
  const storage = at.openLimited();
  const blob = clientOf(at.server).getBlockBlobClient("foreign");
  const id = (length: number): string => Buffer.from("x".repeat(length)).toString("base64");
  await blob.stageBlock(id(48), "theirs", 6);
  await storage.put("foreign", large);
  expectBytes(await read(storage, "foreign"), large);
  await blob.stageBlock(id(10), "theirs", 6);
  const error = await failure(storage.put("foreign", bytesOf(200 * KIB)), "Unavailable");
  expect(error.detail).toMatch(/another tool .* a week after its last block; until then choose another key/);
  expectBytes(await read(storage, "foreign"), large);
  await storage.put("foreign", text("small"));
});

test("Azure: a client that sends again by itself cannot do so with a stream, and does not keep an empty block", async () => {
  const bytes = bytesOf(3 * MIB + 17);
  const storage = openWith(at, clientOf(at.server, 3), { partSize: 1000, maxHeld: 4000, count: 2 });
  at.server.inject({ at: "answer", on: "PutBlock", action: { status: 500, code: "InternalError" } });
  await failure(storage.put("once", streamOf(bytes), { size: bytes.byteLength }), "Unknown");
  await expectNothing(at, "once");
});

test("Azure: the limits are those of Azure: 50,000 blocks, and more than 190 TiB", async () => {
  const storage = at.open();
  let asked = false;
  async function* never(): AsyncGenerator<Uint8Array, void, void> {
    asked = true;
    yield large;
  }
  const error = await failure(storage.put("over", never(), { size: 50_000 * 4000 * MIB + 1 }), "TooLarge");
  expect([error.detail.includes("209715200000000"), asked]).toEqual([true, false]);
});
