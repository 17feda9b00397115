const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const MONTHS = "January February March April May June July August September October November December".split(" ");

const two = (value: number): string => String(value).padStart(2, "0");

// The directives of strftime that do not depend on a locale or a time zone, as C and Python have them; always UTC.
const DIRECTIVES: Readonly<Record<string, (date: Date) => string>> = {
  "%": () => "%",
  a: (date) => DAYS[date.getUTCDay()]!.slice(0, 3),
  A: (date) => DAYS[date.getUTCDay()]!,
  b: (date) => MONTHS[date.getUTCMonth()]!.slice(0, 3),
  B: (date) => MONTHS[date.getUTCMonth()]!,
  d: (date) => two(date.getUTCDate()),
  F: (date) => date.toISOString().split("T")[0]!,
  f: (date) => String(date.getUTCMilliseconds() * 1000).padStart(6, "0"),
  H: (date) => two(date.getUTCHours()),
  I: (date) => two(date.getUTCHours() % 12 || 12),
  j: (date) => String(dayOfYear(date)).padStart(3, "0"),
  m: (date) => two(date.getUTCMonth() + 1),
  M: (date) => two(date.getUTCMinutes()),
  p: (date) => (date.getUTCHours() < 12 ? "AM" : "PM"),
  S: (date) => two(date.getUTCSeconds()),
  s: (date) => String(Math.floor(date.getTime() / 1000)),
  T: (date) => date.toISOString().slice(-13, -5),
  u: (date) => String(date.getUTCDay() || 7),
  w: (date) => String(date.getUTCDay()),
  y: (date) => two(date.getUTCFullYear() % 100),
  Y: (date) => String(date.getUTCFullYear()).padStart(4, "0"),
  z: () => "+0000",
  Z: () => "UTC",
};

function dayOfYear(date: Date): number {
  const midnight = new Date(date).setUTCHours(0, 0, 0, 0);
  const newYear = new Date(midnight).setUTCMonth(0, 1);
  return (midnight - newYear) / 86_400_000 + 1;
}

/** Whether `format` is one for dates: it has a directive, and each is known. */
export function isDateFormat(format: string): boolean {
  const directives = format.match(/%(.|$)/gsu) ?? [];
  return directives.length > 0 && directives.every((directive) => Object.hasOwn(DIRECTIVES, directive.slice(1)));
}

/** A date in UTC by a strftime format that {@link isDateFormat} accepts. */
export function formatDate(date: Date, format: string): string {
  return format.replace(/%(.)/gsu, (_, directive: string) => DIRECTIVES[directive]!(date));
}
