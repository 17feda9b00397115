import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type CoatcheckError, type Serializer } from "@coatcheck/core";
import { json } from "@coatcheck/serializer-json";
import { msgpack } from "@coatcheck/serializer-msgpack";
import { valuesByKind } from "../../../testing/src/serializer/kinds/index.ts";
import { classes, Crowd, Dictionary, Failure, List, Money, point } from "./canaries.ts";
import { JSON_ATTACKS, JSON_PIECES } from "./json-attacks.ts";
import { MSGPACK_ATTACKS, MSGPACK_PIECES } from "./msgpack-attacks.ts";
import type { Target } from "./target.ts";

/** The serializers that all targets read with. */
export const serializers: Readonly<Record<"msgpack" | "plain" | "json", Serializer>> = {
  msgpack: msgpack({ classes }),
  plain: msgpack({ profile: "plain", classes }),
  json: json({ classes }),
};

/** Values of every kind, short ones, and instances of the registered classes. */
const values: readonly (() => unknown)[] = [
  ...Object.values(valuesByKind({ longText: 100 })).flat(),
  () => [
    point(Object.fromEntries(["x", "y", "then", "constructor"].map((name) => [name, 1]))),
    Money.of(5),
    Money.of(-1),
  ],
  () => ((one) => [one, one, new Map([[one, one]])])(point({ x: Money.of(1) })),
  () => [List.from([1, 2]), new Crowd(), Object.assign(new Failure("x", { cause: 1 }), { code: 1 })],
  () => Object.setPrototypeOf(new Map([[1, 2]]), Dictionary.prototype) as unknown,
  () => JSON.parse('{"then":1,"toJSON":2,"valueOf":3,"constructor":{"prototype":{"polluted":true}}}') as unknown,
];

/** What a serializer writes of each value that it takes, in less than 3,000 bytes, and what it wrote in earlier versions. */
function documentsOf(serializer: Serializer, golden: readonly Uint8Array[] = []): readonly Uint8Array[] {
  const written = values.flatMap((make) => {
    try {
      return [Uint8Array.from(serializer.serialize(make()) as Uint8Array)];
    } catch {
      return [];
    }
  });
  return [...written, ...golden].filter(({ byteLength }) => byteLength < 3000);
}

function goldenOf(name: string, encoding: "base64" | "utf8"): readonly Uint8Array[] {
  const path = join(process.env["COATCHECK_ROOT"]!, `packages/serializer-${name}/test/golden/1.json`);
  const kinds = JSON.parse(readFileSync(path, "utf8")) as Record<string, readonly (string | null)[]>;
  return Object.values(kinds)
    .flat()
    .filter((text) => text !== null)
    .map((text) => Buffer.from(text, encoding));
}

const allows = (error: CoatcheckError): boolean => error.code === "NotDeserializable";

function target(
  name: string,
  serializer: Serializer,
  rest: Omit<Target, "name" | "allows" | "read" | "again">,
): Target {
  return {
    ...rest,
    name,
    allows,
    read: (input) => ({ value: serializer.deserialize(input) }),
    again: (value) => ({ value: serializer.deserialize(serializer.serialize(value) as Uint8Array) }),
  };
}

/** The serializers as targets. */
export const serializerTargets: readonly Target[] = [
  target("msgpack", serializers.msgpack, {
    share: 28_000,
    documents: documentsOf(serializers.msgpack, goldenOf("msgpack", "base64")),
    pieces: MSGPACK_PIECES,
    attacks: MSGPACK_ATTACKS,
  }),
  // What it writes has no head, so that other languages read it: it goes by another reader.
  target("msgpack plain", serializers.plain, {
    share: 8_000,
    documents: documentsOf(serializers.plain),
    pieces: MSGPACK_PIECES.filter(([first]) => first !== 0xc1),
    attacks: MSGPACK_ATTACKS.filter(([first]) => first !== 0xc1),
  }),
  target("json", serializers.json, {
    share: 24_000,
    documents: documentsOf(serializers.json, goldenOf("json", "utf8")),
    pieces: JSON_PIECES,
    attacks: JSON_ATTACKS,
  }),
];
