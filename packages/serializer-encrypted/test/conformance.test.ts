import { test } from "@jest/globals";
import { encrypted } from "@coatcheck/serializer-encrypted";
import { codecConformance } from "@coatcheck/testing";

const none = { type: "none", serialize: () => new Uint8Array(), deserialize: () => undefined };

codecConformance({ test, open: () => encrypted(none, { keys: { "2026": new Uint8Array(32).fill(7) } }).codecs[0]! });
