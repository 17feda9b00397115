import {
  isOrdinary,
  isPlainArray,
  isProxy,
  isWellFormed,
  keysBesideElements,
  type Place,
  Refusal,
  refuseAccessor,
  refuseFunction,
  refuseObject,
  refuseOtherInside,
  refuseProxy,
} from "@coatcheck/core/serializer";
import { checkView } from "./kinds-buffers.ts";
import { builtinKind } from "./kinds.ts";
import { takes64Bits } from "./plain-writer.ts";

const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { ownKeys } = Reflect;
const getTime = Date.prototype.getTime;
/** Readers of other languages stop at 512 levels. */
const MAX_DEPTH = 500;
const PROFILE = 'standard MessagePack (profile "plain") cannot carry';
const HINT = 'Use the profile "exact", or store other data.';
/** For a longer string msgpackr would make room of three times its length. */
const MAX_TEXT = 65_536;
/** Names that msgpackr takes for the class of an object, or for its methods. */
const READ_BY_MSGPACKR = new Set(["__proto__", "constructor", "hasOwnProperty", "toJSON"]);

/** Refuses what standard MessagePack cannot carry exactly. With `tracing` it keeps the place where it is. */
export class PlainCheck {
  readonly tracing: boolean;
  place: Place | undefined;
  /**
   * Whether msgpackr packs the value as docs/msgpack-format.md says. It writes 0 for -0 and a float for an integer of more
   * than 32 bits; how it packs dates and bytes follows what anybody in the process has given `addExtension`.
   */
  suitsMsgpackr = true;
  readonly #seen = new Set<object>();
  #depth = 0;

  constructor(tracing: boolean) {
    this.tracing = tracing;
  }

  value(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.#string(value);
      case "number":
        if (Object.is(value, -0) || takes64Bits(value)) this.suitsMsgpackr = false;
        return;
      case "boolean":
        return;
      case "bigint":
        return this.#bigint(value);
      case "object":
        if (value !== null) this.#object(value);
        return;
      case "function":
        return refuseFunction(value as () => void);
      case "undefined":
        throw new Refusal(`${PROFILE} undefined`, 'Use null, leave it out, or use the profile "exact".');
      default:
        throw new Refusal(`${PROFILE} a symbol`, HINT);
    }
  }

  #string(text: string): void {
    if (!isWellFormed(text)) {
      throw new Refusal(`${PROFILE} a string with half of a surrogate pair`, "Use text.toWellFormed().");
    }
    if (text.length >= MAX_TEXT) this.suitsMsgpackr = false;
  }

  /** An integer is read as a number where it is a safe one, so that a BigInt has to be larger. */
  #bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value && BigInt.asUintN(64, value) !== value) {
      throw new Refusal(`${PROFILE} a BigInt of more than 64 bits`, 'Use a string, or the profile "exact".');
    }
    if (Number.isSafeInteger(Number(value))) {
      throw new Refusal(`${PROFILE} a small BigInt: it would be read as a number`, "Use a number: Number(value).");
    }
  }

  #object(object: object): void {
    if (isProxy(object)) refuseProxy();
    if (this.#seen.has(object)) {
      throw new Refusal(`${PROFILE} an object twice: it would be read as two`, 'Copy it, or use the profile "exact".');
    }
    this.#seen.add(object);
    if (++this.#depth > MAX_DEPTH) {
      throw new Refusal(`the value is nested deeper than ${MAX_DEPTH} levels, which other readers refuse`, HINT);
    }
    const prototype: object | null = getPrototypeOf(object);
    if (prototype !== null && !Object.isExtensible(object)) {
      throw new Refusal(`${PROFILE} a frozen or sealed object`, "Store a copy, as in { ...object } or [...array].");
    }
    if (prototype === Object.prototype) this.#map(object);
    else if (Array.isArray(object) && prototype === Array.prototype) this.#array(object);
    else if (prototype === Uint8Array.prototype) this.#bytes(object as Uint8Array);
    else if (prototype === Date.prototype) this.#date(object as Date);
    else if (prototype !== null && builtinKind(prototype) === undefined) refuseObject(object, "msgpack");
    else throw new Refusal(`${PROFILE} ${nameOf(prototype)}`, HINT);
    this.#depth--;
  }

  #map(object: object): void {
    refuseOtherInside(object);
    for (const key of ownKeys(object)) {
      const up = this.place;
      if (this.tracing) this.place = { up, step: key };
      if (typeof key === "symbol") throw new Refusal(`${PROFILE} a property under a symbol`, HINT);
      const property = getOwnPropertyDescriptor(object, key);
      if (property === undefined || !("value" in property)) refuseAccessor(key);
      if (!isOrdinary(property)) {
        throw new Refusal(`${PROFILE} a property that is hidden or cannot be changed`, HINT);
      }
      this.#string(key);
      if (READ_BY_MSGPACKR.has(key)) this.suitsMsgpackr = false;
      this.value(property.value);
      this.place = up;
    }
  }

  #array(array: readonly unknown[]): void {
    if (!isPlainArray(array)) throw new Refusal(`${PROFILE} an array with holes or with properties`, HINT);
    const up = this.place;
    for (let index = 0; index < array.length; index++) {
      if (this.tracing) this.place = { up, step: index };
      this.value(array[index]);
    }
    this.place = up;
  }

  #bytes(bytes: Uint8Array): void {
    checkView(bytes, "Uint8Array");
    if (keysBesideElements(bytes).length > 0) throw new Refusal(`${PROFILE} bytes with properties`, HINT);
    if (this.#seen.has(bytes.buffer)) {
      throw new Refusal(`${PROFILE} two views on one buffer`, 'Copy one: view.slice(), or use the profile "exact".');
    }
    this.#seen.add(bytes.buffer);
    this.suitsMsgpackr = false;
  }

  #date(date: Date): void {
    if (Number.isNaN(getTime.call(date))) throw new Refusal(`${PROFILE} an invalid date`, "Use null.");
    if (ownKeys(date).length > 0) throw new Refusal(`${PROFILE} a Date with properties`, HINT);
    this.suitsMsgpackr = false;
  }
}

function nameOf(prototype: object | null): string {
  const made: unknown = prototype === null ? undefined : getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof made !== "function") return "an object without a prototype";
  return `${/^[AEIOU](?!RL)/.test(made.name) ? "an" : "a"} ${made.name}`;
}
