/** What the MessagePack specification says, and nothing more: to check by what is not the package itself. */
export interface Extension {
  readonly type: number;
  readonly data: Uint8Array;
}

/** Reads one value; maps as Maps, integers of 64 bits as BigInts, extensions as they stand. Throws on anything else. */
export function readSpec(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (length: number): number => {
    const start = at;
    at += length;
    if (at > bytes.length) throw new Error("cut");
    return start;
  };
  const uint = (length: number): number => {
    const start = take(length);
    return length === 1 ? view.getUint8(start) : length === 2 ? view.getUint16(start) : view.getUint32(start);
  };
  const slice = (length: number): Uint8Array => {
    const start = take(length);
    return bytes.slice(start, start + length);
  };
  const text = (length: number): string =>
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(slice(length));
  const list = (length: number): unknown[] => Array.from({ length }, () => value());
  const map = (length: number): Map<unknown, unknown> => new Map(Array.from({ length }, () => [value(), value()]));
  const extension = (length: number): Extension => ({ type: view.getInt8(take(1)), data: slice(length) });
  const value = (): unknown => {
    const token = uint(1);
    if (token <= 0x7f) return token;
    if (token <= 0x8f) return map(token & 15);
    if (token <= 0x9f) return list(token & 15);
    if (token <= 0xbf) return text(token & 31);
    if (token >= 0xe0) return token - 256;
    switch (token) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return slice(uint(1 << (token - 0xc4)));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return extension(uint(1 << (token - 0xc7)));
      case 0xca:
        return view.getFloat32(take(4));
      case 0xcb:
        return view.getFloat64(take(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return uint(1 << (token - 0xcc));
      case 0xcf:
        return view.getBigUint64(take(8));
      case 0xd0:
        return view.getInt8(take(1));
      case 0xd1:
        return view.getInt16(take(2));
      case 0xd2:
        return view.getInt32(take(4));
      case 0xd3:
        return view.getBigInt64(take(8));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return extension(1 << (token - 0xd4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return text(uint(1 << (token - 0xd9)));
      case 0xdc:
      case 0xdd:
        return list(uint(2 << (token - 0xdc)));
      case 0xde:
      case 0xdf:
        return map(uint(2 << (token - 0xde)));
      default:
        throw new Error(`0x${token.toString(16)} is no MessagePack`);
    }
  };
  const root = value();
  if (at !== bytes.length) throw new Error("there is more");
  return root;
}
