const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text with lone surrogates as its well-formed parts, with the code units that have no partner as numbers between them. */
export function splitAtLoneSurrogates(text: string): (string | number)[] {
  const parts: (string | number)[] = [];
  let start = 0;
  for (const { index } of text.matchAll(LONE)) {
    if (index > start) parts.push(text.slice(start, index));
    parts.push(text.charCodeAt(index));
    start = index + 1;
  }
  if (start < text.length) parts.push(text.slice(start));
  return parts;
}
