import { describe, test } from "@jest/globals";
import { compressed } from "@coatcheck/serializer-compressed";
import { json } from "@coatcheck/serializer-json";
import { codecConformance, serializerConformance, valueKinds } from "@coatcheck/testing";

describe("compressed(json())", () => {
  serializerConformance({
    test,
    open: ({ classes }) => compressed(json({ classes })),
    exact: valueKinds,
    longText: 10_000_000,
  });
});

describe("compressed(json()) with a codec of one's own", () => {
  const turn = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0xff);
  serializerConformance({
    test,
    open: ({ classes }) =>
      compressed(json({ classes }), { codec: { name: "turned", compress: turn, decompress: turn } }),
    exact: valueKinds,
    longText: 10_000_000,
  });
});

describe("the codec alone", () => {
  codecConformance({ test, open: () => compressed(json()).codecs[0]! });
});
