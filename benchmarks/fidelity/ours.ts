import { SerializationError, type Serializer } from "@coatcheck/core";
import { compressed } from "@coatcheck/serializer-compressed";
import { encrypted } from "@coatcheck/serializer-encrypted";
import { json } from "@coatcheck/serializer-json";
import { msgpack } from "@coatcheck/serializer-msgpack";
import { conformanceClasses } from "../../packages/testing/src/serializer/kinds/classes.ts";
import type { Entry, Library } from "./library.ts";

// The types of classes ask for constructors that can be called; nothing calls them.
const classes = conformanceClasses as readonly (new () => object)[];

/** Ours must say where: a path from the root on. */
const isClear = (error: unknown): boolean =>
  error instanceof SerializationError && error.code === "NotSerializable" && error.path?.startsWith("$") === true;

const direct = (serializer: Serializer): Library => ({
  write: (value) => serializer.serialize(value),
  read: (bytes: Uint8Array) => serializer.deserialize(bytes),
  isClear,
});

/** The serializers of this repository. */
export const ours: readonly Entry[] = [
  {
    name: "Coatcheck msgpack",
    how: "`msgpack({ classes })` of @coatcheck/serializer-msgpack",
    open: async () => direct(msgpack({ classes })),
  },
  {
    name: "Coatcheck json",
    how: "`json({ classes })` of @coatcheck/serializer-json",
    open: async () => direct(json({ classes })),
  },
  {
    name: "Coatcheck msgpack, plain",
    how: '`msgpack({ profile: "plain" })`, which keeps to what every language reads',
    open: async () => direct(msgpack({ profile: "plain" })),
  },
  {
    name: "compressed (msgpack)",
    how: "`compressed(msgpack({ classes }))`",
    open: async () => direct(compressed(msgpack({ classes }))),
  },
  {
    name: "encrypted (json)",
    how: "`encrypted(json({ classes }), { keys })`",
    open: async () => direct(encrypted(json({ classes }), { keys: { test: new Uint8Array(32).fill(7) } })),
  },
];
