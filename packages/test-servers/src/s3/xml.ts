/** Text as XML content. */
function escapeXml(text: string): string {
  return text
    .replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
    .replace(/[\r\n\t]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** An element of what `children` has: text, which is escaped, or elements. */
export function element(
  name: string,
  children: string | Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  if (typeof children === "string") return `<${name}>${children}</${name}>`;
  const inner = Object.entries(children).map(([child, value]) =>
    value === undefined ? "" : `<${child}>${escapeXml(String(value))}</${child}>`,
  );
  return `<${name}>${inner.join("")}</${name}>`;
}

/** A document, as S3 sends them. */
export function xmlDocument(root: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}`;
}

/** What stands in each `<name>` of `xml`, as it is. */
export function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, "g"))].map((match) => match[1]!);
}

/** The text of the first `<name>` of `xml`. */
export function textOf(xml: string, name: string): string | undefined {
  return elements(xml, name)[0]
    ?.replace(/&#x([0-9a-f]+);/gi, (_, digits: string) => String.fromCodePoint(parseInt(digits, 16)))
    .replace(/&#(\d+);/g, (_, digits: string) => String.fromCodePoint(Number(digits)))
    .replace(/&(lt|gt|quot|apos);/g, (_, entity: string) => ({ lt: "<", gt: ">", quot: '"', apos: "'" })[entity]!)
    .replaceAll("&amp;", "&");
}
