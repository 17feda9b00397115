import { createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type CodedSerializer, memory, register, ResultStore, type Serializer, type Storage } from "@coatcheck/core";
import encryptedPlugin, { encrypted, encryptedPluginWith } from "@coatcheck/serializer-encrypted";

const key = new Uint8Array(32).fill(7);
const json: Serializer = {
  type: "plain-json",
  serialize: (value) => new TextEncoder().encode(JSON.stringify(value)),
  deserialize: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
};
const MIB = 1024 * 1024;
const keys = { "2026": key };
const open = (storage: Storage, serializer = encrypted(json, { keys })): ResultStore =>
  new ResultStore({ storage, serializer, cacheBytes: 0 });
const code = async (promise: Promise<unknown>): Promise<string> =>
  await promise.then(
    () => "resolved",
    (error: { code: string }) => error.code,
  );

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.byteLength; offset += size) yield bytes.subarray(offset, offset + size);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const [codec] = encrypted(json, { keys }).codecs;
const context = (text = "header\nkey") => ({
  description: codec!.describe(),
  associatedData: new TextEncoder().encode(text),
  limits: { maxBytes: Infinity },
});
const seal = (bytes: Uint8Array, size = 100_000): Promise<Buffer> =>
  collect(codec!.encode(chunksOf(bytes, size), context()));
const unseal = (bytes: Uint8Array, size = 100_000, text?: string): Promise<Buffer> =>
  collect(codec!.decode(chunksOf(bytes, size), context(text)));

describe("what comes back", () => {
  test("values, literals, bytes and streams, and nothing of them is readable", async () => {
    const storage = memory();
    const store = new ResultStore({ storage, serializer: encrypted(json, { keys }), inlineBelow: 1000 });
    const secret = "canary-5f2b";
    const values = { value: { secret }, text: secret, bytes: Buffer.from(secret), literal: true };
    for (const [name, value] of Object.entries(values)) {
      const result = await store.write(value);
      expect(result.kind).toBe("persisted");
      expect(await store.read(JSON.stringify(result))).toEqual(value);
      const file = Buffer.from(await (await storage.get(result.location!))!.bytes()).toString("latin1");
      expect(file).not.toContain(secret);
      expect(JSON.stringify(result)).not.toContain(secret);
      expect(`${name}: ${file.split("\n", 1)[0]}`).toContain(
        '"codecs":[{"type":"encrypted","cipher":"aes256-gcm-hkdf-1mb","key":"2026"}]',
      );
    }
    const stream = await store.write(new Blob([secret.repeat(200_000)]).stream());
    expect(await new Response(await store.read<ReadableStream>(stream.toJSON())).text()).toBe(secret.repeat(200_000));
    const file = Buffer.from(await (await storage.get(stream.location!))!.bytes()).toString("latin1");
    expect(file).not.toContain(secret);
  });

  test.each([0, 1, MIB - 57, MIB - 56, MIB - 55, 2 * MIB - 72, 2 * MIB - 71, 3 * MIB])(
    "%i bytes, in chunks of any size",
    async (size) => {
      const plain = randomBytes(size);
      const sealed = await seal(plain, 333_333);
      expect((await unseal(sealed, 77_777)).equals(plain)).toBe(true);
      expect((await unseal(sealed, sealed.length)).equals(plain)).toBe(true);
    },
  );

  test("what node:crypto, by the description of the cipher, makes of it", async () => {
    const plain = randomBytes(2 * MIB + 5);
    const sealed = await seal(plain);
    const derived = Buffer.from(hkdfSync("sha256", key, sealed.subarray(1, 33), "header\nkey", 32));
    const opened: Buffer[] = [];
    for (let offset = 40, number = 0; offset < sealed.length; number++) {
      const end = Math.min(sealed.length, (number + 1) * MIB);
      const nonce = Buffer.concat([sealed.subarray(33, 40), Buffer.alloc(5)]);
      nonce.writeUInt32BE(number, 7);
      nonce[11] = end === sealed.length ? 1 : 0;
      const decipher = createDecipheriv("aes-256-gcm", derived, nonce).setAuthTag(sealed.subarray(end - 16, end));
      opened.push(decipher.update(sealed.subarray(offset, end - 16)), decipher.final());
      offset = end;
    }
    expect(Buffer.concat(opened).equals(plain)).toBe(true);
  });

  test("what Tink for Python has written", async () => {
    // tink 1.x, StreamingAeadKeyTemplates AES256_GCM_HKDF_1MB with the key material of 32 bytes of 7.
    const sealed = Buffer.from(TINK, "base64");
    expect((await unseal(sealed)).toString()).toBe("written by Tink");
  });

  test("keys are rotated: old results stay readable, new ones are written with the current key", async () => {
    const storage = memory();
    const old = await open(storage).write([1], { key: "old" });
    const both = { "2026": key, "2027": randomBytes(32).toString("base64") };
    const store = open(storage, encrypted(json, { keys: both, current: "2027" }));
    expect(await store.read(old.toJSON())).toEqual([1]);
    await store.write([2], { key: "new" });
    expect(await store.read("new")).toEqual([2]);
    expect(await code(open(storage).read("new"))).toBe("UnknownSerializer");
  });
});

describe("what does not", () => {
  test("a flipped bit, a cut, segments reordered, doubled or dropped: Corrupt", async () => {
    const plain = randomBytes(2 * MIB + 100);
    const sealed = await seal(plain);
    const [first, second, third] = [sealed.subarray(0, MIB), sealed.subarray(MIB, 2 * MIB), sealed.subarray(2 * MIB)];
    const wrong = [
      Buffer.alloc(0),
      sealed.subarray(0, 39),
      sealed.subarray(0, 40),
      first,
      Buffer.concat([first, second]),
      sealed.subarray(0, -1),
      Buffer.concat([sealed, Buffer.from([0])]),
      Buffer.concat([first, third]),
      Buffer.concat([first, second, second, third]),
      Buffer.concat([second, first, third]),
    ];
    for (const at of [0, 1, 20, 39, 40, 1000, MIB - 1, MIB, 2 * MIB, sealed.length - 1]) {
      const flipped = Buffer.from(sealed);
      flipped[at]! ^= 1;
      wrong.push(flipped);
    }
    for (const bytes of wrong) expect(await code(unseal(bytes))).toBe("Corrupt");
  });

  test("any damage to a short one", async () => {
    const sealed = await seal(Buffer.from("short"));
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const damaged = Buffer.from(sealed);
        damaged[at]! ^= mask;
        expect(await code(unseal(damaged))).toBe("Corrupt");
      }),
    );
  });

  test("a header moved to another payload, or a file moved to another key: Corrupt", async () => {
    const storage = memory();
    const store = open(storage);
    await store.write(["one"], { key: "one" });
    await store.write(["two"], { key: "two" });
    const one = Buffer.from(await (await storage.get("one"))!.bytes());
    await storage.put("three", one);
    expect(await code(store.read("three"))).toBe("Corrupt");
    expect(await store.read("one")).toEqual(["one"]);
    expect(await code(unseal(await seal(Buffer.from("x")), 10, "header\nother"))).toBe("Corrupt");
  });

  test("a header whose time was moved, its check made right again: Corrupt", async () => {
    const { crc32 } = (await import("node:zlib")) as unknown as { crc32(data: string): number };
    const storage = memory();
    const store = open(storage);
    await store.write(["one"], { key: "one", expiresIn: "1h" });
    const text = Buffer.from(await (await storage.get("one"))!.bytes()).toString("latin1");
    const covered = text.slice(0, text.indexOf(',"check":')).replace(/"expiresAt":"\d{4}/, '"expiresAt":"9999');
    const check = crc32(covered).toString(16).padStart(8, "0");
    const forged = `${covered},"check":"crc32:${check}"}${text.slice(text.indexOf("\n"))}`;
    await storage.put("one", Buffer.from(forged, "latin1"));
    expect(await store.exists("one")).toBe(true);
    expect(await code(store.read("one"))).toBe("Corrupt");
  });

  test("another key under the same id: Corrupt; an id that is not there: UnknownSerializer", async () => {
    const storage = memory();
    await open(storage).write([1], { key: "k" });
    expect(await code(open(storage, encrypted(json, { keys: { "2026": randomBytes(32) } })).read("k"))).toBe("Corrupt");
    expect(await code(open(storage, encrypted(json, { keys: { "2025": key } })).read("k"))).toBe("UnknownSerializer");
  });

  test("more than the limit: TooLarge", async () => {
    const storage = memory();
    await open(storage).write(new Uint8Array(3 * MIB), { key: "k" });
    const store = new ResultStore({ storage, serializer: encrypted(json, { keys }), maxBytes: 2 * MIB });
    expect(await code(store.read("k"))).toBe("TooLarge");
  });
});

describe("keys", () => {
  const canary = Buffer.from("canarycanarycanarycanarycanary!!");
  test.each<[object, string]>([
    [{}, "has no keys"],
    [{ keys: {} }, "has no key"],
    [{ keys: { a: key, b: key } }, "say which to write with"],
    [{ keys: { a: key }, current: "b" }, "of which there is no key"],
    [{ keys: { a: canary.subarray(1) } }, "is not 32 bytes"],
    [{ keys: { a: canary.toString("latin1") } }, "is not 32 bytes"],
    [{ keys: { "a b": key } }, "a key's id is"],
    [{ key: canary }, 'Did you mean "keys"?'],
  ])("%# are refused at once, and not shown", (options, message) => {
    const make = (): CodedSerializer => encrypted(json, options as never);
    expect(make).toThrow(message);
    try {
      make();
    } catch (error) {
      expect(inspect(error)).not.toContain("canary");
    }
  });

  test("they are shown by no printing of the serializer, the store or a result", async () => {
    const serializer = encrypted(json, { keys: { a: canary.toString("base64") } });
    const store = new ResultStore({ storage: memory(), serializer });
    const result = await store.write([1]);
    for (const each of [serializer, serializer.codecs[0], store, result]) {
      const shown = inspect(each, { depth: 10, showHidden: true }) + JSON.stringify(each);
      expect(shown).not.toContain("canary");
      expect(shown).not.toContain(canary.toString("base64").slice(4, 20));
    }
  });
});

describe("by name", () => {
  afterEach(() => {
    delete process.env["COATCHECK_ENCRYPTION_KEYS"];
  });

  test("without keys it fails when it is defined; with those of the environment it works", async () => {
    const make = () => encryptedPlugin.open({}, { origin: "test" });
    expect(make).toThrow("has no keys");
    process.env["COATCHECK_ENCRYPTION_KEYS"] = "2026";
    expect(make).toThrow("id:base64");
    process.env["COATCHECK_ENCRYPTION_KEYS"] =
      `new:${randomBytes(32).toString("base64")},old:${randomBytes(32).toString("base64")}`;
    expect((await make()).describe()).toMatchObject({ key: "new" });
  });

  test("by value without options, it is the same", async () => {
    expect(() => encrypted(json)).toThrow("has no keys");
    process.env["COATCHECK_ENCRYPTION_KEYS"] = `2026:${randomBytes(32).toString("base64")}`;
    const serializer = encrypted(json);
    expect(await serializer.deserialize(await serializer.serialize([1]))).toEqual([1]);
  });

  test("after register, with the keys given", async () => {
    register(encryptedPluginWith({ keys }));
    register({ api: 1, kind: "serializer", type: "plain-json", options: {}, open: () => json });
    const storage = memory();
    const store = new ResultStore({ storage, serializer: "encrypted/plain-json" });
    const { location } = await store.write([1]);
    expect(await new ResultStore({ storage, serializer: json }).read(location!)).toEqual([1]);
  });
});

const TINK = "KOMBIihT5GkIOelUE9NQw5MnjeakDTFyzLG57tacmqzMPi/LlUOhcVne2HyXVtHT4+EIsuFesaB1E4BMBNz4nHE7sR0KB1M=";
