import { SerializationError } from "@coatcheck/core";
import { Point } from "./canaries.ts";
import { type Target, utf8 } from "./target.ts";

/** Reads JSON, and does `harm` where the text holds the word: what a harness that works finds out. */
function planted(name: string, harm: (parsed: unknown) => unknown, share = 1): Target {
  const documents = [utf8('{"a":[1,2,3]}'), utf8('["harm"]')];
  return {
    name: `planted: ${name}`,
    share,
    documents: documents.slice(0, 1),
    pieces: [utf8('"harm"'), utf8(","), utf8("[]")],
    attacks: documents.slice(1),
    allows: (error) => error.code === "NotDeserializable",
    read(input) {
      // What the one before it did.
      delete (Object.prototype as Record<string, unknown>)["polluted"];
      const text = Buffer.from(input).toString();
      let parsed: unknown;
      try {
        parsed = JSON.parse(text);
      } catch (cause) {
        throw new SerializationError({ code: "NotDeserializable", reason: "the bytes are not JSON", cause });
      }
      return { value: text.includes("harm") ? harm(parsed) : parsed };
    },
    again: (value) => ({ value }),
  };
}

const kept: unknown[] = [];

/** Readers that do each of the things that must not happen: the harness is proved by finding them all. */
export const plantedTargets: readonly Target[] = [
  planted("another error", () => (undefined as unknown as { a: 1 }).a),
  planted("a code that is not allowed", () => {
    throw new SerializationError({ code: "NotSerializable", reason: "what" });
  }),
  planted(
    "a hang",
    () => {
      for (;;) kept[0] = undefined;
    },
    0,
  ),
  planted(
    "a slow read",
    (parsed) => {
      const { user } = process.cpuUsage();
      for (let turn = 0; process.cpuUsage().user - user < 2_200_000; turn++)
        for (let i = 0; i < 1e6; i++) kept[0] = turn;
      return parsed;
    },
    0,
  ),
  planted("memory", (parsed) => {
    kept[0] = new Uint8Array(100_000_000);
    return parsed;
  }),
  planted("pollution", (parsed) => {
    (Object.prototype as Record<string, unknown>)["polluted"] = true;
    return parsed;
  }),
  planted("a constructor", () => new Point()),
  planted("a strange prototype", (parsed) => Object.create(parsed as object) as object),
  planted("a getter", () => ({
    get a() {
      return 1;
    },
  })),
  planted("a function", () => [() => 1]),
  planted("a way out", (parsed) => {
    try {
      void fetch("http://127.0.0.1:9");
    } catch {}
    return parsed;
  }),
  planted("an error that nobody catches", (parsed) => {
    void Promise.reject(new Error("nobody catches this"));
    return parsed;
  }),
  { ...planted("a changed value", (parsed) => parsed), again: (value) => ({ value: [value] }) },
];
