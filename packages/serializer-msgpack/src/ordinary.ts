import { Packr } from "msgpackr";
import { ArrayCheck } from "./arrays.ts";
import { MARK, VERSION } from "./format.ts";
import { isOrdinary } from "./properties.ts";
import { isProxy } from "./realm.ts";
import { isWellFormed } from "./text.ts";

const { getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols, getPrototypeOf, isExtensible } = Object;
const { toString } = Object.prototype;
const ObjectPrototype = Object.prototype;
const ArrayPrototype = Array.prototype;

/**
 * Objects of one shape that are looked at property by property. In the next ones names, symbols, hidden properties and
 * being closed are looked for, but no more that a property is a getter or cannot be written to: that costs several times
 * as much as packing the object.
 */
const CHECKED = 64;
/** With more names an object is a dictionary, for which a record would be wasted. */
const MAX_NAMES = 64;
const MAX_DEPTH = 200;
/** For a longer string msgpackr would make room of three times its length. */
const MAX_TEXT = 65_536;
/** Names that msgpackr reads for itself: it takes them for the class, for methods, and for a mark of its own. */
const READ_BY_MSGPACKR = new Set(["__proto__", "__keys__", "constructor", "hasOwnProperty", "toJSON"]);
/** msgpackr keeps the largest buffer it ever needed, for all its packers: one that has grown beyond this is let go. */
const MAX_KEPT = 1024 * 1024;

let packr: Packr | undefined;

/**
 * The document of a value that msgpackr carries exactly, packed by msgpackr; undefined for every other value. Such are trees
 * of plain objects and arrays, each met once, of strings, numbers, booleans, null and undefined: most of what is stored.
 */
export function ordinaryDocument(value: unknown): Uint8Array | undefined {
  if (!isOrdinaryTree(value)) return undefined;
  packr ??= new Packr({ useRecords: true, encodeUndefinedAsNil: false });
  const packed = packr.pack(value);
  // A copy of its own: what msgpackr gives is a piece of a buffer that it uses again.
  const document = new Uint8Array(packed.byteLength + 3);
  document[0] = MARK;
  document[1] = VERSION;
  document.set(packed, 3);
  if (packed.byteLength > MAX_KEPT) packr.useBuffer(new Uint8Array(8192));
  return document;
}

function isOrdinaryTree(value: unknown): boolean {
  try {
    return new Scan().carries(value, 0);
  } catch {
    return false; // A Proxy or a getter that throws: the refusal will name its place.
  }
}

class Scan {
  readonly #met = new Set<object>();
  readonly #arrays = new ArrayCheck();
  /** The shape of the last object at each depth, and how many of its objects were looked at property by property. */
  readonly #shapes: { readonly names: readonly string[]; checked: number }[] = [];

  carries(value: unknown, depth: number): boolean {
    switch (typeof value) {
      case "string":
        return value.length < MAX_TEXT && isWellFormed(value);
      case "number":
        return value !== 0 || 1 / value > 0;
      case "boolean":
      case "undefined":
        return true;
      case "object":
        return value === null || this.#object(value, depth);
      default:
        return false;
    }
  }

  #object(object: object, depth: number): boolean {
    const met = this.#met;
    const { size } = met;
    if (depth > MAX_DEPTH || met.add(object).size === size) return false;
    const prototype: object | null = getPrototypeOf(object);
    if (prototype === ObjectPrototype) return this.#plainObject(object as Record<string, unknown>, depth);
    if (prototype !== ArrayPrototype || !this.#arrays.isPlain(object as unknown[])) return false;
    for (const element of object as unknown[]) if (!this.carries(element, depth + 1)) return false;
    return true;
  }

  #plainObject(object: Record<string, unknown>, depth: number): boolean {
    if (!isExtensible(object) || getOwnPropertySymbols(object).length > 0) return false;
    // Objects of one shape mostly follow one another; what differs from the one before is looked at closely.
    const like = this.#shapes[depth];
    let count = 0;
    let isAlike = like !== undefined;
    for (const name in object) {
      if (isAlike && name !== like!.names[count]) isAlike = false;
      count++;
    }
    if (count > MAX_NAMES || getOwnPropertyNames(object).length !== count) return false;
    if (!isAlike || count !== like!.names.length) {
      if (!isPlainly(object)) return false;
      this.#shapes[depth] = { names: Object.keys(object), checked: 1 };
    } else if (like!.checked < CHECKED) {
      if (!isPlainly(object)) return false;
      like!.checked++;
    }
    for (const name in object) if (!this.carries(object[name], depth + 1)) return false;
    return true;
  }
}

// Neither a Proxy nor, say, a Date that was given another prototype shows in its properties.
function isPlainly(object: object): boolean {
  if (isProxy(object) || toString.call(object) !== "[object Object]") return false;
  return getOwnPropertyNames(object).every(
    (name) => !READ_BY_MSGPACKR.has(name) && isWellFormed(name) && isOrdinary(getOwnPropertyDescriptor(object, name)),
  );
}
