import { notDeserializable, Refusal, urlOf } from "@coatcheck/core/serializer";
import { getter, list, text } from "./builtins.ts";
import type { Json, ReadKind, WrittenKind } from "./kind.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

type Both<T extends object> = WrittenKind<T> & ReadKind<T>;

/** `{ "$url": "https://example.com/" }`. */
export const url: Both<URL> = {
  check: (value) => getter(URL.prototype, "href").call(value),
  write(value, writer) {
    const href = String(getter(URL.prototype, "href").call(value));
    if (urlOf(href) === undefined)
      throw new Refusal("this URL does not read back as itself", "Store its href as text.");
    writer.urls.push(value);
    return { $url: href };
  },
  make(argument) {
    const made = typeof argument === "string" ? urlOf(argument) : undefined;
    if (made === undefined) throw notDeserializable('the argument of "$url" is not a URL as its href gives it');
    return made;
  },
};

/** `{ "$urlSearchParams": [["name", "value"], …] }`, or a reference to the URL that it changes with. */
export const urlSearchParams: Both<URLSearchParams> = {
  check: (value) => URLSearchParams.prototype.entries.call(value),
  write(value, writer) {
    const json = { $urlSearchParams: [...URLSearchParams.prototype.entries.call(value)] };
    writer.searchParams.set(value, json);
    return json;
  },
  make(argument, reader) {
    if (!Array.isArray(argument)) {
      const owner = reader.read(argument, 0);
      if (owner instanceof URL) return owner.searchParams;
    }
    return new URLSearchParams(textPairs(argument, reader, "$urlSearchParams"));
  },
};

/** Ties the parameters that were met to the URLs they belong to: changing one changes the other. */
export function settleSearchParams(writer: Writer): void {
  if (writer.searchParams.size === 0) return;
  for (const each of writer.urls) {
    const json = writer.searchParams.get(each.searchParams);
    if (json !== undefined) json["$urlSearchParams"] = writer.reference(each);
  }
}

/** `{ "$headers": [["name", "value"], …] }`. */
export const headers: Both<Headers> = {
  check: (value) => Headers.prototype.entries.call(value),
  write(value) {
    const pairs = [...Headers.prototype.entries.call(value)];
    return { $headers: pairs };
  },
  make(argument, reader) {
    const made = new Headers();
    for (const [name, value] of textPairs(argument, reader, "$headers")) made.append(name, value);
    return made;
  },
};

function textPairs(argument: Json, reader: Reader, tag: string): [string, string][] {
  return list(argument, tag).map((pair) => {
    const [name, value, ...rest] = list(pair, tag);
    if (rest.length > 0) throw notDeserializable(`an entry of "${tag}" is not a pair`);
    return [text(name, reader, tag), text(value, reader, tag)];
  });
}
