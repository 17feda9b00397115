/** The code units of a string as bytes, the lower first. */
export function toUtf16(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    bytes[index * 2] = code;
    bytes[index * 2 + 1] = code >> 8;
  }
  return bytes;
}

/** The string that {@link toUtf16} gave the bytes of. */
export function fromUtf16(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += 8192) {
    const units: number[] = [];
    const end = Math.min(bytes.length, start + 8192);
    for (let index = start; index < end; index += 2) units.push(bytes[index]! | (bytes[index + 1]! << 8));
    parts.push(String.fromCharCode(...units));
  }
  return parts.join("");
}
