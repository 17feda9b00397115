import { createHash } from "node:crypto";

/** Texts and strings of more characters are hashed by themselves, so that no text grows with what it stands for. */
const MAX_LENGTH = 1024;
/** Bytes up to which binary data is written out. */
const MAX_BYTES = 768;
/** Characters of a long string that are hashed at once. */
const PIECE = 1 << 20;

/** Why a value has no text; whoever knows the path adds it. */
export class Refusal extends Error {}

/** The text of a value that is not an object; undefined for an object. */
export function primitiveText(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return stringText(value);
    case "number":
      return value === 0 && 1 / value < 0 ? "-0" : String(value);
    case "object":
      return value === null ? "null" : undefined;
    case "boolean":
      return value ? "true" : "false";
    case "undefined":
      return "undefined";
    case "bigint":
      return `${value.toString(16)}n`;
    case "symbol":
      return symbolText(value);
    default:
      throw new Refusal(functionReason(value as { readonly name: unknown }));
  }
}

/** The text of a string. JSON writes lone surrogates as escapes, so different strings have different texts. */
export function stringText(value: string): string {
  if (value.length <= MAX_LENGTH) return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value);
  const hash = createHash("sha256");
  for (let at = 0; at < value.length; at += PIECE) hash.update(value.slice(at, at + PIECE), "utf16le");
  return `string#${value.length}:${hash.digest("hex")}`;
}

/** What JSON writes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

const wellKnown = new Map(
  Reflect.ownKeys(Symbol).flatMap((name): [symbol, string][] => {
    const symbol: unknown = Symbol[name as keyof typeof Symbol];
    return typeof symbol === "symbol" ? [[symbol, String(name)]] : [];
  }),
);

/** The text of a symbol that every process has; others are refused. */
export function symbolText(symbol: symbol): string {
  const key = Symbol.keyFor(symbol);
  if (key !== undefined) return `@${stringText(key)}`;
  const name = wellKnown.get(symbol);
  if (name !== undefined) return `@@${name}`;
  throw new Refusal(`${String(symbol)}, a symbol that only this process has. Use Symbol.for(…), or a string.`);
}

/** The text of bytes. */
export function bytesText(bytes: Uint8Array): string {
  if (bytes.byteLength > MAX_BYTES) return `#${bytes.byteLength}:${sha256(bytes)}`;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** A text that is long becomes its hash: by its own length only, so that equal values have equal texts wherever they are. */
export function shortened(text: string): string {
  return text.length > MAX_LENGTH ? `#${sha256(text)}` : text;
}

/** 64 hexadecimal digits. */
export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function functionReason(value: { readonly name: unknown }): string {
  const isClass = /^class\b/.test(Function.prototype.toString.call(value));
  const name = typeof value.name === "string" && value.name !== "" ? ` ${JSON.stringify(value.name)}` : "";
  const what = isClass ? "class" : "function";
  return `the ${what}${name}, and whether two are the same cannot be told. Leave it out with inputs({ exclude: […] }), or pass what it depends on as data.`;
}
