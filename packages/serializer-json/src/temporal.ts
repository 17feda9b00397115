import { notDeserializable, Refusal } from "@coatcheck/core/serializer";
import { list } from "./builtins.ts";
import type { Json, JsonRecord, ReadKind, WrittenKind } from "./kind.ts";

interface TemporalClass {
  readonly prototype: { toString(this: unknown): string; equals(this: unknown, other: unknown): boolean };
  from(text: unknown): object;
}
interface ZonedDateTime {
  readonly timeZoneId: string;
  readonly calendarId: string;
  toInstant(): { toString(): string };
  withCalendar(calendar: string): ZonedDateTime;
}
interface Instant {
  toZonedDateTimeISO(timeZone: string): ZonedDateTime;
}

/** The classes that one text tells all of. */
const TEXTUAL = ["Instant", "PlainDateTime", "PlainDate", "PlainTime", "PlainYearMonth", "PlainMonthDay"];
const UNITS = [
  "years",
  "months",
  "weeks",
  "days",
  "hours",
  "minutes",
  "seconds",
  "milliseconds",
  "microseconds",
  "nanoseconds",
];

/** The classes of Temporal. */
export const temporalNames: readonly string[] = [...TEXTUAL, "ZonedDateTime", "Duration"];

/**
 * `{ "$temporal": ["PlainDate", "2026-11-20"] }`; a ZonedDateTime as its instant, its zone and its calendar, since a
 * wall clock would follow later changes of the zone; a Duration as its units, since a text would merge some of them.
 */
export const temporal: WrittenKind & ReadKind<object> = {
  check: (value) => classOf(nameOf(value)).prototype.toString.call(value),
  write(value) {
    const name = nameOf(value);
    const argument: Json[] = [name];
    if (name === "Duration") {
      argument.push(unitsOf(value as Record<string, number>));
    } else if (name === "ZonedDateTime") {
      const { timeZoneId, calendarId } = value as ZonedDateTime;
      argument.push((value as ZonedDateTime).toInstant().toString(), timeZoneId, calendarId);
    } else {
      argument.push(classOf(name).prototype.toString.call(value));
    }
    const back = read(argument);
    const isSame = name === "Duration" || name === "Instant" || classOf(name).prototype.equals.call(value, back);
    if (!isSame) throw new Refusal(`this ${name} does not read back as itself`, "Store its text.");
    return { $temporal: argument };
  },
  make: (argument) => read(list(argument, "$temporal")),
};

function read(argument: readonly Json[]): object {
  const [name, first, zone, calendar] = argument;
  if (typeof name !== "string" || !temporalNames.includes(name))
    throw notDeserializable("there is no such class in Temporal");
  if (name === "Duration") {
    if (argument.length !== 2 || typeof first !== "object" || first === null) throw wrong(name);
    return classOf(name).from(first);
  }
  if (typeof first !== "string") throw wrong(name);
  if (name !== "ZonedDateTime") {
    if (argument.length !== 2) throw wrong(name);
    return classOf(name).from(first);
  }
  if (argument.length !== 4 || typeof zone !== "string" || typeof calendar !== "string") throw wrong(name);
  return (classOf("Instant").from(first) as Instant).toZonedDateTimeISO(zone).withCalendar(calendar);
}

function wrong(name: string): Error {
  return notDeserializable(`the argument of "$temporal" is not what a ${name} is made of`);
}

function unitsOf(duration: Readonly<Record<string, number>>): JsonRecord {
  const units = UNITS.filter((unit) => duration[unit] !== 0);
  return Object.fromEntries((units.length === 0 ? ["seconds"] : units).map((unit) => [unit, duration[unit]!]));
}

function nameOf(value: object): string {
  const tag = String((value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]);
  return tag.replace("Temporal.", "");
}

function classOf(name: string): TemporalClass {
  const { Temporal } = globalThis as { Temporal?: Readonly<Record<string, TemporalClass>> };
  if (Temporal === undefined) throw notDeserializable(`it holds a Temporal.${name}, and this runtime has no Temporal`);
  return Temporal[name]!;
}
