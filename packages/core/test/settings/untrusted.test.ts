import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { memory, register, ResultStore, Storage, type StorageDriver, type StoragePlugin } from "@coatcheck/core";
import { counted, plainJson, rejection } from "../helpers.ts";
import { testFolders } from "./folders.ts";

const folders = testFolders();

/** Each place that a storage of type `watched` was asked for anything at. */
const reached: string[] = [];
const watched: StoragePlugin = {
  api: 1,
  kind: "storage",
  type: "watched",
  options: { place: { type: "string", required: true, url: "host" } },
  open: ({ place }: { place: string }) => {
    const reach = (): never => {
      reached.push(place);
      throw new Error("reached");
    };
    const { capabilities } = memory();
    const url = `watched://${place}`;
    const driver = {
      type: "watched",
      url,
      capabilities,
      get: reach,
      put: reach,
      stat: reach,
      list: reach,
      delete: reach,
    };
    return new Storage(driver as StorageDriver);
  },
};
register(watched);

const reference = (storage: string): string =>
  JSON.stringify({
    coatcheck: 1,
    storage,
    key: "k",
    writeId: "w",
    size: 1,
    digest: "crc32:00000000",
    createdAt: "2026-11-21T00:00:00.000Z",
  });
const reader = (): ResultStore => new ResultStore({ storage: memory(), serializer: plainJson });

test.each([
  "file:///etc",
  "local/prod",
  "watched://elsewhere",
  "watched/elsewhere",
  "s3://bucket",
  "https://example.com/x",
  "nowhere/x",
  "../../etc",
  "",
  "watched://mine/../elsewhere",
  "watched://mine?place=elsewhere",
])("a reference to %j makes the reader open nothing", async (storage) => {
  folders.writeProject({ blocks: { "watched/mine": { place: "mine" } } });
  process.env["COATCHECK_BLOCK_WATCHED__OURS"] = "watched://ours";
  for (const call of ["read", "resolve", "exists", "stat", "delete"] as const) {
    await rejection(reader()[call](reference(storage)), storage === "" ? "NotAResult" : "UnknownStorage");
  }
  expect(reached).toEqual([]);
});

test("of all names there are, only those that the reader defined are opened", async () => {
  folders.writeProject({ blocks: { "watched/mine": { place: "mine" } } });
  process.env["COATCHECK_BLOCK_WATCHED__OURS"] = "watched://ours";
  const names = ["watched/mine", "watched/ours", "watched://mine", "watched://ours"];
  const any = fc.oneof(
    fc.constantFrom(...names),
    fc.string(),
    fc
      .tuple(fc.constantFrom("watched", "memory", "local"), fc.constantFrom("/", ":", "://"), fc.string())
      .map((parts) => parts.join("")),
  );
  await fc.assert(
    fc.asyncProperty(any, async (storage) => {
      reached.length = 0;
      const { code } = (await reader()
        .read(reference(storage))
        .catch((error: unknown) => error)) as { code: string };
      expect(reached).toEqual(names.includes(storage) ? [storage.replace(/^watched(\/|:\/\/)/, "")] : []);
      if (!names.includes(storage)) expect(["UnknownStorage", "NotAResult"]).toContain(code);
    }),
    { numRuns: 500 },
  );
});

test("a header that names a serializer or a codec loads nothing but what is registered or first-party", async () => {
  const { storage } = counted();
  const own = { ...plainJson, type: "theirs", describe: () => ({ type: "theirs" }) };
  const { location } = await new ResultStore({ storage, serializer: own }).write([1]);
  const { message } = await rejection(
    new ResultStore({ storage, serializer: plainJson }).read(location!),
    "UnknownSerializer",
  );
  expect(message).toContain('There is no serializer type "theirs"');
});

test("a value that looks like a reference, a header or a secret's reference is a value", async () => {
  const store = reader();
  process.env["COATCHECK_TEST_SECRET"] = "hunter2";
  for (const value of [
    JSON.parse(reference("watched://mine")),
    { $env: "COATCHECK_TEST_SECRET" },
    reference("watched/mine"),
  ]) {
    const result = await store.write(value);
    expect(await store.read(JSON.stringify(result))).toEqual(value);
  }
});
