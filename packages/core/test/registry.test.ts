import { describe, expect, test } from "@jest/globals";
import {
  type CodecPlugin,
  ConfigurationError,
  memory,
  openSerializer,
  openStorage,
  register,
  registerBlock,
  ResultStore,
  type SerializerPlugin,
  Storage,
  type StoragePlugin,
} from "@coatcheck/core";
import { plainJson, rejection } from "./helpers.ts";

const csv: SerializerPlugin = {
  api: 1,
  kind: "serializer",
  type: "csv",
  options: { separator: { type: "string" } },
  open: ({ separator = "," }: { separator?: string }) => ({
    type: "csv",
    describe: () => ({ type: "csv", separator }),
    serialize: (value) => new TextEncoder().encode((value as string[]).join(separator)),
    deserialize: (bytes) => new TextDecoder().decode(bytes).split(separator),
  }),
};
const shifted: CodecPlugin = {
  api: 1,
  kind: "codec",
  type: "shifted",
  options: {},
  open: () => {
    async function* shift(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) yield chunk.map((byte) => byte ^ 0xff);
    }
    return { type: "shifted", encode: shift, decode: shift, describe: () => ({ type: "shifted" }) };
  },
};

describe("storages by name", () => {
  test("a URL that a storage prints opens the same place", async () => {
    for (const storage of [memory({ name: "a b%/é" }), memory({ name: "x", prefix: "p/q?&#%" })]) {
      await storage.put("k", new Uint8Array([1]));
      const again = await openStorage(storage.url);
      expect(again.url).toBe(storage.url);
      expect((await again.stat("k"))?.size).toBe(1);
    }
  });

  test("opening is done once, also by many at the same time", async () => {
    let opened = 0;
    const counting: StoragePlugin = {
      api: 1,
      kind: "storage",
      type: "counting",
      options: {
        host: { type: "string", url: "host", required: true },
        deep: { type: "boolean" },
        size: { type: "number" },
      },
      open: (config: object) => {
        opened++;
        expect(config).toEqual({ host: "place", deep: true, size: 5 });
        return memory();
      },
    };
    register(counting);
    register(counting);
    const url = "counting://place?deep=true&size=5";
    const [one, two] = await Promise.all([openStorage(url), openStorage(url)]);
    expect(one).toBe(two);
    expect(opened).toBe(1);
    await rejection(openStorage("counting://place?size=x"), "InvalidOption");
    await rejection(openStorage("counting:"), "InvalidOption");
    await rejection(openStorage("counting://place/path"), "InvalidOption");
  });

  test("a block is registered once, with a storage or with options, and works by its slug", async () => {
    const storage = memory();
    registerBlock("memory/one", storage);
    registerBlock("memory/two", { name: "two" });
    expect(await openStorage("memory/one")).toBe(storage);
    expect((await openStorage("memory/two")).url).toBe("memory:two");
    expect(() => registerBlock("memory/one", memory())).toThrow(expect.objectContaining({ code: "AlreadyRegistered" }));
    registerBlock("memory/one", memory({ name: "other" }), { overwrite: true });
    expect((await openStorage("memory/one")).url).toBe("memory:other");
    expect(() => registerBlock("local/x", storage)).toThrow('Name it "memory/…"');
    expect(() => registerBlock("Memory/x" as string, storage)).toThrow(
      expect.objectContaining({ code: "InvalidSlug" }),
    );
    for (const wrong of [undefined, null, "memory:x", 5, () => memory()]) {
      expect(() => registerBlock("memory/no-options", wrong as object)).toThrow(
        'Block "memory/no-options": options are an object, not ',
      );
    }
    registerBlock("memory/no-options", [] as object);
    const { message } = await rejection(openStorage("memory/no-options"), "InvalidOption");
    expect(message).toContain("what is no Storage and no object of options");
    registerBlock("memory/wrong", { colour: 1 } as object);
    await rejection(openStorage("memory/wrong"), "UnknownOption");
  });

  test("references carry the slug, and a reader that registered it by any name for the place reads them", async () => {
    const storage = memory({ name: "shared-place" });
    registerBlock("memory/shared", storage);
    const result = await new ResultStore({ storage: "memory/shared", serializer: plainJson }).write([1]);
    expect(result.toJSON()).toMatchObject({ storage: "memory/shared" });
    const elsewhere = new ResultStore({ storage: memory(), serializer: plainJson });
    expect(await elsewhere.read(result.toJSON())).toEqual([1]);
    expect(await elsewhere.read({ ...result.toJSON(), storage: storage.url } as never)).toEqual([1]);
  });

  test.each([undefined, null, 5, {}, () => memory()])(
    "%p is no storage, no serializer, and no plugin",
    async (value) => {
      await rejection(openStorage(value as never), "InvalidSlug");
      await expect(openSerializer(value as never)).rejects.toBeInstanceOf(ConfigurationError);
      expect(() => registerBlock(value as never, {})).toThrow(expect.objectContaining({ code: "InvalidSlug" }));
      expect(() => register(value as never)).toThrow(expect.objectContaining({ code: "InvalidPlugin" }));
    },
  );

  test("a plugin says which options it has", () => {
    const plugin = { api: 1, kind: "storage", type: "optionless", open: () => memory() };
    expect(() => register(plugin as never)).toThrow(expect.objectContaining({ code: "InvalidPlugin" }));
  });

  test.each(["prod", "a/b/c", "A/b", "a/B", "a_/b", "-a/b", "a/", "/a", ""])("%j is no slug", async (slug) => {
    await rejection(openStorage(slug), "InvalidSlug");
  });

  test.each(["s3://user:secret@bucket/x", "s3://bucket/x#secret", "memory:%zz"])("%s is refused", async (url) => {
    const { message } = await rejection(openStorage(url), "InvalidOption");
    expect(message).not.toContain("secret");
  });
});

describe("serializers by name", () => {
  test("codecs come first, the serializer last, and a reader finds them by what the header says", async () => {
    register(csv);
    register(shifted);
    expect((await openSerializer("shifted/shifted/csv")).type).toBe("shifted/shifted/csv");
    const storage = memory();
    const store = new ResultStore({ storage, serializer: "shifted/csv" });
    const { location } = await store.write(["a", "b"]);
    const reader = new ResultStore({ storage, serializer: plainJson });
    expect(await reader.read(location!)).toEqual(["a", "b"]);
    expect(await reader.stat(location!)).toMatchObject({ serializer: "shifted/csv" });
  });

  test("what a serializer says of itself is what a reader builds it from", async () => {
    const storage = memory();
    const semicolons = await csv.open({ separator: ";" }, { origin: "test" });
    const { location } = await new ResultStore({ storage, serializer: semicolons }).write(["a,b", "c"]);
    expect(
      await new ResultStore({ storage, serializer: await csv.open({}, { origin: "test" }) }).read(location!),
    ).toEqual(["a,b", "c"]);
  });

  test("a coded serializer works on its own too", async () => {
    const serializer = await openSerializer("shifted/csv");
    const bytes = await serializer.serialize(["a"]);
    expect([...bytes]).toEqual(["a".charCodeAt(0) ^ 0xff]);
    expect(await serializer.deserialize(bytes)).toEqual(["a"]);
  });

  test("what is no plugin is refused, and so is a second one of a type", () => {
    for (const wrong of [
      {},
      { ...csv, api: 2 },
      { ...csv, kind: "x" },
      { ...csv, type: "C" },
      { ...csv, type: "bytes" },
    ]) {
      expect(() => register(wrong as never)).toThrow(expect.objectContaining({ code: "InvalidPlugin" }));
    }
    expect(() => register({ ...csv })).toThrow(expect.objectContaining({ code: "AlreadyRegistered" }));
  });
});

test("a codec that hides the payload keeps literals and small values out of references", async () => {
  const { withCodec } = await import("@coatcheck/core");
  const hiding = { ...(await shifted.open({}, { origin: "test" })), confidential: true };
  const store = new ResultStore({ storage: memory(), serializer: withCodec(hiding, plainJson), inlineBelow: 1000 });
  const result = await store.write(true);
  expect(result.kind).toBe("persisted");
  expect(await store.read(result.toJSON())).toBe(true);
  expect((await store.write({ a: "secret" })).kind).toBe("persisted");
});

test("a driver that is opened under a prefix that is no key is refused", () => {
  expect(() => memory({ prefix: "../x" })).toThrow(expect.objectContaining({ code: "InvalidKey" }));
  expect(memory()).toBeInstanceOf(Storage);
});
