import { notDeserializable, Refusal, refusePretender, urlOf } from "@coatcheck/core/serializer";
import type { Encoder } from "./encoder.ts";
import { Tag } from "./format.ts";
import type { ReadKind, WrittenKind } from "./special.ts";

const { getOwnPropertyDescriptor } = Object;
const { ownKeys } = Reflect;

/** The own properties that are not the platform's: some of its classes keep their insides under symbols. */
function extrasOver(sample: () => object): (value: object) => readonly PropertyKey[] {
  let own: ReadonlySet<PropertyKey> | undefined;
  return (value) => {
    const keys = ownKeys(value);
    if (keys.length === 0) return keys;
    own ??= new Set(ownKeys(sample()));
    return keys.filter((key) => !own!.has(key));
  };
}

function inside<T>(value: object, what: string, read: () => T): T {
  try {
    return read();
  } catch {
    return refusePretender(value, what);
  }
}

export const url: WrittenKind<URL> & ReadKind<URL> = {
  tag: Tag.URL,
  head(encoder, value) {
    const get = (name: string): unknown => getOwnPropertyDescriptor(URL.prototype, name)!.get!.call(value);
    const href = inside(value, "a URL", () => get("href") as string);
    if (urlOf(href) === undefined) {
      throw new Refusal("this URL does not read back as itself", "Store its href as text.");
    }
    const params = get("searchParams") as URLSearchParams;
    if (encoder.found === undefined && encoder.has(params)) encoder.extra.searchParamsCameFirst = true;
    encoder.extra.searchParams.set(params, value);
    encoder.string(href);
  },
  extras: extrasOver(() => new URL("data:,")),
  make(decoder) {
    const made = urlOf(decoder.text());
    if (made === undefined) throw notDeserializable("a URL does not read back as itself");
    return made;
  },
};

const searchParamsExtras = extrasOver(() => new URL("data:,").searchParams);

/** The searchParams of a URL that is in the value too follow that URL's changes, and so have to be its own again. */
export function searchParamsKindOf(encoder: Encoder, value: object): WrittenKind {
  return ownerOf(encoder, value) === undefined ? (urlSearchParams as WrittenKind) : linkedSearchParams;
}

function ownerOf(encoder: Encoder, value: object): URL | undefined {
  return (encoder.found ?? encoder.extra).searchParams.get(value);
}

export const linkedSearchParams: WrittenKind & ReadKind = {
  tag: Tag.LinkedSearchParams,
  head(encoder, value) {
    encoder.value(ownerOf(encoder, value), null);
  },
  extras: searchParamsExtras,
  make(decoder) {
    const owner = decoder.value();
    if (!(owner instanceof URL)) throw notDeserializable("the searchParams of a URL come without it");
    return owner.searchParams;
  },
};

export const urlSearchParams: WrittenKind<URLSearchParams> & ReadKind<URLSearchParams> = {
  tag: Tag.URLSearchParams,
  head(encoder, value) {
    encoder.string(inside(value, "a URLSearchParams", () => URLSearchParams.prototype.toString.call(value)));
  },
  extras: searchParamsExtras,
  make: (decoder) => new URLSearchParams(decoder.text()),
};

export const headers: WrittenKind<Headers> & ReadKind<Headers> = {
  tag: Tag.Headers,
  head(encoder, value) {
    const pairs = inside(value, "a Headers", () => [...Headers.prototype.entries.call(value)]);
    encoder.uint(pairs.length);
    for (const [name, item] of pairs) {
      encoder.string(name);
      encoder.string(item);
    }
  },
  extras: extrasOver(() => new Headers()),
  make(decoder) {
    const made = new Headers();
    for (let left = decoder.count(2); left > 0; left--) made.append(decoder.text(), decoder.text());
    return made;
  },
};
