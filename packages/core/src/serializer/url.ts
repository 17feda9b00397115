/**
 * What the href of a URL begins with. Where its host is a domain, that is the group: without percent signs and characters
 * beyond ASCII, which have been encoded.
 */
const START =
  /^(?:(?:https?|wss?|ftp|file):\/\/(?:[^/?#\\@]*@)?([^/?#\\@%]*)(?:[/?#]|$)|(?!(?:https?|wss?|ftp|file):)[a-z][a-z\d+.-]*:)/;
const ASCII = /^[ -~]*$/;
/** Of a longer one with characters beyond ASCII engines take longer than linear time to find out what it is. A domain has 253. */
const LONGEST_HOST = 1000;

/**
 * The URL with this href; undefined where no URL has it, or none that can be read in time: parsing a megabyte that only a
 * stranger calls an href may take minutes.
 */
export function urlOf(href: string): URL | undefined {
  const start = ASCII.test(href) ? START.exec(href) : null;
  if (start === null) return undefined;
  const host = start[1] ?? "";
  if (host.length > LONGEST_HOST && /xn--/i.test(host)) return undefined;
  // Slashes too many would be skipped, and a host be found behind them.
  if (host === "" && /^(?:https?|wss?|ftp):/.test(href)) return undefined;
  try {
    const made = new URL(href);
    return made.href === href ? made : undefined;
  } catch {
    return undefined;
  }
}
