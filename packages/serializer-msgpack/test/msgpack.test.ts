import { describe, expect, test } from "@jest/globals";
import plugin, { msgpack } from "../src/index.ts";

const serializer = msgpack();
const roundTrip = (value: unknown): unknown => serializer.deserialize(serializer.serialize(value) as Uint8Array);

describe("msgpack", () => {
  test("is the serializer of the plugin", async () => {
    expect(plugin).toMatchObject({ api: 1, kind: "serializer", type: "msgpack" });
    const opened = await plugin.open({}, { origin: "test" });
    expect(opened.type).toBe("msgpack");
  });

  test("gives records, nested objects and arrays back", () => {
    const value = [
      { id: 1, name: "Ada", tags: ["a", "b"] },
      { id: 2, name: "Zoë", tags: [] },
    ];
    expect(roundTrip(value)).toEqual(value);
  });

  test("gives long lists back whose beginning tells too little, or too much, of the room that the rest takes", () => {
    const short = Array.from({ length: 40_000 }, (_, id) => ({ id, text: "" }));
    const long = Array.from({ length: 4000 }, (_, id) => ({ id, text: `${id} `.repeat(200) }));
    for (const value of [[...short, ...long], [...long, ...short], [...long, ...long], { short, long }]) {
      expect(JSON.stringify(roundTrip(value))).toBe(JSON.stringify(value));
    }
  });

  test("says where a value is that cannot be stored, what it is and what to do", () => {
    expect(() => serializer.serialize({ users: [{}, {}, {}, { callback: () => {} }] })).toThrow(
      "$.users[3].callback: the function callback cannot be stored. " +
        "A function is code, and only data is stored: leave it out, or store the data it works on.",
    );
  });
});

test("Buffers of one block are stored without what is between them, however large Node makes its blocks", () => {
  const { poolSize } = Buffer;
  const pair = [Buffer.from("ab"), Buffer.allocUnsafe(1000), Buffer.from("cd")];
  const value = [pair[0], pair[2]];
  try {
    for (const size of [poolSize, poolSize / 2]) {
      Buffer.poolSize = size;
      const bytes = serializer.serialize(value) as Uint8Array;
      expect(bytes.byteLength).toBeLessThan(100);
      expect(serializer.deserialize(bytes)).toEqual(value);
    }
  } finally {
    Buffer.poolSize = poolSize;
  }
});
