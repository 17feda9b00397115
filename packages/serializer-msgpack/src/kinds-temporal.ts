import { notDeserializable, Refusal, refusePretender } from "@coatcheck/core/serializer";
import { Tag, TEMPORAL } from "./format.ts";
import type { Decoder } from "./decoder.ts";
import type { Encoder } from "./encoder.ts";
import type { ReadKind, WrittenKind } from "./special.ts";

type Name = (typeof TEMPORAL)[number];
interface TemporalClass {
  readonly prototype: { toString(this: unknown): string; equals?(this: unknown, other: unknown): boolean };
  from(source: unknown): object;
}
interface ZonedDateTime {
  readonly timeZoneId: string;
  readonly calendarId: string;
  toInstant(): object;
  withCalendar(calendar: string): object;
}

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
] as const;

function find(name: string): TemporalClass | undefined {
  return (globalThis as { Temporal?: Readonly<Record<string, TemporalClass>> }).Temporal?.[name];
}

/** How the values of a class of Temporal are written; undefined where the prototype is that of none. */
export function temporalKind(name: string, prototype: object): WrittenKind | undefined {
  const number = TEMPORAL.indexOf(name as Name);
  const found = find(name);
  if (number < 0 || found?.prototype !== prototype) return undefined;
  return {
    tag: Tag.Temporal,
    head(encoder, value) {
      encoder.uint(number);
      try {
        found.prototype.toString.call(value);
      } catch {
        refusePretender(value, `a Temporal.${name}`);
      }
      write(encoder, name as Name, found, value);
    },
    extras: Reflect.ownKeys,
  };
}

function write(encoder: Encoder, name: Name, { prototype, from }: TemporalClass, value: object): void {
  if (name === "Duration") {
    // A text would merge some of the units.
    for (const unit of UNITS) encoder.number((value as Readonly<Record<string, number>>)[unit]!);
    return;
  }
  if (name === "ZonedDateTime") {
    // A wall clock would follow later changes of the zone.
    const { timeZoneId, calendarId } = value as ZonedDateTime;
    encoder.string(find("Instant")!.prototype.toString.call((value as ZonedDateTime).toInstant()));
    encoder.string(timeZoneId);
    encoder.string(calendarId);
    return;
  }
  const text = prototype.toString.call(value);
  if (prototype.equals!.call(value, from(text)) !== true) {
    throw new Refusal(`this Temporal.${name} does not read back as itself`, "Store its text.");
  }
  encoder.string(text);
}

export const temporalReader: ReadKind = {
  tag: Tag.Temporal,
  make(decoder) {
    const name = TEMPORAL[decoder.uint(TEMPORAL.length - 1)]!;
    const found = find(name);
    if (found === undefined) {
      throw notDeserializable(
        `the value holds a Temporal.${name}, and this runtime has no Temporal`,
        "Read it where there is Temporal.",
      );
    }
    if (name === "Duration") return found.from(Object.fromEntries(UNITS.map((unit) => [unit, decoder.number()])));
    if (name !== "ZonedDateTime") return found.from(decoder.text());
    return readZoned(decoder);
  },
};

function readZoned(decoder: Decoder): object {
  const instant = find("Instant")!.from(decoder.text()) as { toZonedDateTimeISO(zone: string): ZonedDateTime };
  return instant.toZonedDateTimeISO(decoder.text()).withCalendar(decoder.text());
}
