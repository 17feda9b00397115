import { notSerializable, pathOf, Refusal } from "@coatcheck/core/serializer";
import { Packr } from "msgpackr";
import { PlainCheck } from "./plain-check.ts";
import { PlainWriter } from "./plain-writer.ts";

/** msgpackr keeps the largest buffer it ever needed, for all its packers: one that has grown beyond this is let go. */
const MAX_KEPT = 1024 * 1024;

let packr: Packr | undefined;

/** A value as standard MessagePack; a `SerializationError` where that cannot carry it exactly. */
export function serializePlain(value: unknown): Uint8Array {
  const check = new PlainCheck(false);
  try {
    check.value(value);
  } catch {
    // The path is looked for only now: whatever can be stored pays nothing for it.
    refuse(value);
  }
  try {
    return check.suitsMsgpackr ? pack(value) : new PlainWriter().document(value);
  } catch (error) {
    throw notSerializable(error, "$"); // It is larger than any buffer.
  }
}

function pack(value: unknown): Uint8Array {
  packr ??= new Packr({ useRecords: false, variableMapSize: true });
  const packed = packr.pack(value);
  // A copy of its own: what msgpackr gives is a piece of a buffer that it uses again.
  const bytes = new Uint8Array(packed);
  if (packed.byteLength > MAX_KEPT) packr.useBuffer(new Uint8Array(8192));
  return bytes;
}

function refuse(value: unknown): never {
  const check = new PlainCheck(true);
  try {
    check.value(value);
  } catch (error) {
    throw notSerializable(error, pathOf(check.place));
  }
  throw notSerializable(new Refusal("the value changed while it was written", "Write it when it rests."), "$");
}
