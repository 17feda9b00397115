import type { Codec } from "@coatcheck/core";
import type { DefineTest } from "../define-test.ts";
import { damage } from "./damage.ts";
import { roundTrips } from "./round-trips.ts";
import { streaming } from "./streaming.ts";

/** Options of {@link codecConformance}. */
export interface CodecConformanceOptions {
  readonly test: DefineTest;
  /** Opens the codec to prove; called once by every case. */
  readonly open: () => Codec | Promise<Codec>;
  /** Bytes of large sources; default 16 MiB. A codec may hold a quarter of it at a time. */
  readonly largeBytes?: number | undefined;
}

/** One thing that a codec must do. */
export interface CodecCase {
  /** `group: what must hold`. */
  readonly name: string;
  readonly run: (codec: Codec, largeBytes: number) => Promise<void>;
}

/**
 * Defines tests that a codec gives back the bytes it was given, whatever their chunks; that it throws on what is cut, too
 * long or too large; and that it streams, in any test runner. A codec with `confidential: true` must also throw on every
 * flipped bit and show nothing of its source.
 */
export function codecConformance({ test, open, largeBytes = 16 * 2 ** 20 }: CodecConformanceOptions): void {
  for (const { name, run } of [...roundTrips, ...damage, ...streaming]) {
    test(name, async () => await run(await open(), largeBytes));
  }
}
