const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

/** The CRC32C (Castagnoli) of chunks, as Google writes it: base64 of the big-endian number. */
export function crc32cOf(chunks: readonly Uint8Array[]): string {
  let crc = 0xffffffff;
  for (const chunk of chunks) crc = updated(crc, chunk);
  const digest = Buffer.alloc(4);
  digest.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
  return digest.toString("base64");
}

function updated(crc: number, chunk: Uint8Array): number {
  let value = crc;
  // Not for…of, which takes ten times as long.
  for (let at = 0; at < chunk.length; at++) value = TABLE[(value ^ chunk[at]!) & 0xff]! ^ (value >>> 8);
  return value;
}
