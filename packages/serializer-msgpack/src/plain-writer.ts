import { Output } from "./output.ts";

const { getTime } = Date.prototype;

/** Whether a number is an integer that takes 64 bits in MessagePack. */
export function takes64Bits(value: number): boolean {
  return Number.isSafeInteger(value) && (value > 0xffff_ffff || value < -0x8000_0000);
}

/** Writes a value that was found to be plain as standard MessagePack. */
export class PlainWriter extends Output {
  document(root: unknown): Uint8Array {
    this.#value(root);
    return this.finish();
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.string(value);
      case "number":
        return this.#number(value);
      case "bigint":
        return this.bigint(value);
      case "boolean":
        return this.byte(value ? 0xc3 : 0xc2);
      default:
        return value === null ? this.byte(0xc0) : this.#object(value as object);
    }
  }

  #number(value: number): void {
    if (value >= 0x40 && value < 0x80 && Number.isInteger(value)) this.byte(value);
    else if (takes64Bits(value)) this.bigint(BigInt(value));
    else this.number(value);
  }

  #object(object: object): void {
    if (Array.isArray(object)) {
      this.count(object.length, 0x90, 0xdc);
      for (const element of object as readonly unknown[]) this.#value(element);
    } else if (object instanceof Uint8Array) this.binary(object);
    else if (Object.getPrototypeOf(object) === Date.prototype) this.#date(getTime.call(object));
    else {
      const entries = Object.entries(object);
      this.count(entries.length, 0x80, 0xde);
      for (const [name, value] of entries) {
        this.string(name);
        this.#value(value);
      }
    }
  }

  /** A timestamp, the one extension that is standard. */
  #date(time: number): void {
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
}
