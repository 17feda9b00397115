/** The bytes that a Range header asks for, from the first to before the last; undefined where it asks for none, `"beyond"` where there are none. */
export function rangeOf(header: string | undefined, size: number): readonly [number, number] | "beyond" | undefined {
  const [, from, to] = /^bytes=(?!-$)(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (from === undefined) return undefined;
  // Without a first byte it is so many from the end.
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size : Math.min(size, Number(to) + 1);
  return start < size && start < end ? [start, end] : "beyond";
}

/** The bytes from `start` to before `end` of chunks that follow one another. */
export function slice(chunks: readonly Buffer[], start: number, end: number): Buffer[] {
  let at = 0;
  const pieces = chunks.map((chunk) => {
    const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
    at += chunk.byteLength;
    return piece;
  });
  return pieces.filter(({ byteLength }) => byteLength > 0);
}
