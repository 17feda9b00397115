import { isPlainArray } from "./arrays.ts";
import { Output } from "./output.ts";
import { checkView, viewExtras } from "./kinds-buffers.ts";
import { builtinKind } from "./kinds.ts";
import { type Place, Refusal } from "./refusal.ts";
import { refuseAccessor, refuseFunction, refuseObject, refuseProxy } from "./refused.ts";
import { isProxy } from "./realm.ts";

const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { ownKeys } = Reflect;
const getTime = Date.prototype.getTime;
/** Readers of other languages stop at 512 levels. */
const MAX_DEPTH = 500;
const PROFILE = 'standard MessagePack (profile "plain") cannot carry';
const HINT = 'Use the profile "exact", or store other data.';

/** Writes one value as standard MessagePack. With `tracing` it keeps the place where it is. */
export class PlainEncoder extends Output {
  readonly tracing: boolean;
  place: Place | undefined;
  readonly #seen = new Set<object>();
  #depth = 0;

  constructor(tracing: boolean) {
    super();
    this.tracing = tracing;
  }

  document(root: unknown): Uint8Array {
    this.#value(root);
    return this.finish();
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case "string":
        this.string(value);
        return;
      case "number":
        this.#number(value);
        return;
      case "boolean":
        this.byte(value ? 0xc3 : 0xc2);
        return;
      case "bigint":
        this.#bigint(value);
        return;
      case "object":
        if (value === null) this.byte(0xc0);
        else this.#object(value);
        return;
      case "function":
        return refuseFunction(value as () => void);
      case "undefined":
        throw new Refusal(`${PROFILE} undefined`, 'Use null, leave it out, or use the profile "exact".');
      default:
        throw new Refusal(`${PROFILE} a symbol`, HINT);
    }
  }

  #number(value: number): void {
    if (Number.isInteger(value) && (value !== 0 || 1 / value > 0)) {
      if (value >= 0x40 && value < 0x80) this.byte(value);
      else if (value >= -0x8000_0000 && value <= 0xffff_ffff) this.number(value);
      else if (Number.isSafeInteger(value)) this.bigint(BigInt(value));
      else this.float(value);
    } else this.float(value);
  }

  /** An integer is read as a number where it is a safe one, so that a BigInt has to be larger. */
  #bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value && BigInt.asUintN(64, value) !== value) {
      throw new Refusal(`${PROFILE} a BigInt of more than 64 bits`, 'Use a string, or the profile "exact".');
    }
    if (Number.isSafeInteger(Number(value))) {
      throw new Refusal(`${PROFILE} a small BigInt: it would be read as a number`, "Use a number: Number(value).");
    }
    this.bigint(value);
  }

  protected override illFormed(): void {
    throw new Refusal(`${PROFILE} a string with half of a surrogate pair`, "Use text.toWellFormed().");
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
    else if (prototype !== null && builtinKind(prototype) === undefined) refuseObject(object);
    else throw new Refusal(`${PROFILE} ${nameOf(prototype)}`, HINT);
    this.#depth--;
  }

  #map(object: object): void {
    const keys = ownKeys(object);
    this.count(keys.length, 0x80, 0xde);
    for (const key of keys) {
      const property = getOwnPropertyDescriptor(object, key);
      this.#at(key, () => {
        if (typeof key === "symbol") throw new Refusal(`${PROFILE} a property under a symbol`, HINT);
        if (property === undefined || !("value" in property)) refuseAccessor(key);
        if (!(property.enumerable === true && property.writable === true && property.configurable === true)) {
          throw new Refusal(`${PROFILE} a property that is hidden or cannot be changed`, HINT);
        }
        this.string(key);
        this.#value(property.value);
      });
    }
  }

  #array(array: readonly unknown[]): void {
    if (!isPlainArray(array)) throw new Refusal(`${PROFILE} an array with holes or with properties`, HINT);
    this.count(array.length, 0x90, 0xdc);
    array.forEach((item, index) => this.#at(index, () => this.#value(item)));
  }

  #bytes(bytes: Uint8Array): void {
    checkView(bytes, "Uint8Array");
    if (viewExtras(bytes, "Uint8Array").length > 0) throw new Refusal(`${PROFILE} bytes with properties`, HINT);
    if (this.#seen.has(bytes.buffer)) {
      throw new Refusal(`${PROFILE} two views on one buffer`, 'Copy one: view.slice(), or use the profile "exact".');
    }
    this.#seen.add(bytes.buffer);
    this.binary(bytes);
  }

  /** A timestamp, the one extension that is standard. */
  #date(date: Date): void {
    const time = getTime.call(date);
    if (Number.isNaN(time)) throw new Refusal(`${PROFILE} an invalid date`, "Use null.");
    if (ownKeys(date).length > 0) throw new Refusal(`${PROFILE} a Date with properties`, HINT);
    const seconds = Math.floor(time / 1000);
    const nanoseconds = (time - seconds * 1000) * 1_000_000;
    if (this.position > this.limit) this.grow(0);
    const { view } = this;
    if (nanoseconds === 0 && seconds >= 0 && seconds <= 0xffff_ffff) {
      view.setUint16(this.position, 0xd6ff);
      view.setUint32(this.position + 2, seconds);
      this.position += 6;
    } else if (seconds >= 0 && seconds < 0x4_0000_0000) {
      view.setUint16(this.position, 0xd7ff);
      view.setBigUint64(this.position + 2, (BigInt(nanoseconds) << 34n) | BigInt(seconds));
      this.position += 10;
    } else {
      view.setUint8(this.position, 0xc7);
      view.setUint16(this.position + 1, 0x0cff);
      view.setUint32(this.position + 3, nanoseconds);
      view.setBigInt64(this.position + 7, BigInt(seconds));
      this.position += 15;
    }
  }

  #at(step: Place["step"], write: () => void): void {
    const up = this.place;
    if (this.tracing) this.place = { up, step };
    write();
    this.place = up;
  }
}

function nameOf(prototype: object | null): string {
  const made: unknown = prototype === null ? undefined : getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof made !== "function") return "an object without a prototype";
  return `${/^[AEIOU](?!RL)/.test(made.name) ? "an" : "a"} ${made.name}`;
}
