import { list, text } from "./builtins.ts";
import type { Json, ReadKind, WrittenKind } from "./kind.ts";
import { refuseOwnProperties } from "./objects.ts";
import { Refusal, unreadable } from "./refusal.ts";
import type { Reader } from "./reader.ts";

type Both<T extends object> = WrittenKind<T> & ReadKind<T>;

/** `{ "$url": "https://example.com/" }`. */
export const url: Both<URL> = {
  write(value) {
    const href = String(Object.getOwnPropertyDescriptor(URL.prototype, "href")!.get!.call(value));
    refuseOwnProperties(value, "URL");
    if (hrefOf(href) !== href) throw new Refusal("this URL does not read back as itself", "Store its href as text.");
    return { $url: href };
  },
  make(argument) {
    if (typeof argument !== "string" || hrefOf(argument) !== argument) {
      throw unreadable('the argument of "$url" is not a URL as its href gives it');
    }
    return new URL(argument);
  },
};

function hrefOf(href: string): string | undefined {
  return URL.canParse(href) ? new URL(href).href : undefined;
}

/** `{ "$urlSearchParams": [["name", "value"], …] }`. */
export const urlSearchParams: Both<URLSearchParams> = {
  write(value) {
    const pairs = [...URLSearchParams.prototype.entries.call(value)];
    refuseOwnProperties(value, "URLSearchParams");
    return { $urlSearchParams: pairs };
  },
  make(argument, reader) {
    return new URLSearchParams(textPairs(argument, reader, "$urlSearchParams"));
  },
};

/** `{ "$headers": [["name", "value"], …] }`. */
export const headers: Both<Headers> = {
  write(value) {
    const pairs = [...Headers.prototype.entries.call(value)];
    refuseOwnProperties(value, "Headers");
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
    if (rest.length > 0) throw unreadable(`an entry of "${tag}" is not a pair`);
    return [text(name, reader, tag), text(value, reader, tag)];
  });
}
