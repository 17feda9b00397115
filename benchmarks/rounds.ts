import { performance } from "node:perf_hooks";

/** One way of doing a row's work. */
export interface Contender {
  readonly name: string;
  /** What it promises, where it is less than what the first one does. */
  readonly note?: string;
  /** Done before each round, and not timed. */
  readonly prepare?: () => unknown;
  /** One round. */
  readonly run: () => unknown;
}

/** What one contender took. */
export interface Timed {
  readonly name: string;
  readonly note: string;
  /** Milliseconds of a round, the median. */
  readonly ms: number;
  /** The median of the ratios to the first contender, round by round. */
  readonly ratio: number;
  /** The quartiles of these ratios. */
  readonly quartiles: readonly [low: number, high: number];
}

/**
 * Lets all take turns, round after round, each beginning one place later than in the round before: what disturbs one
 * disturbs all. The first contender is what the others are compared to.
 */
export async function takeTurns(contenders: readonly Contender[], rounds: number): Promise<Timed[]> {
  const times = contenders.map((): number[] => []);
  const warmUp = Math.min(3, rounds);
  for (let round = -warmUp; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const index = (turn + round + warmUp) % contenders.length;
      const { prepare, run } = contenders[index]!;
      await prepare?.();
      const start = performance.now();
      await run();
      if (round >= 0) times[index]!.push(performance.now() - start);
    }
  }
  return contenders.map(({ name, note = "" }, index) => {
    const ratios = times[index]!.map((ms, round) => ms / times[0]![round]!);
    return {
      name,
      note,
      ms: quantile(times[index]!, 0.5),
      ratio: quantile(ratios, 0.5),
      quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)] as const,
    };
  });
}

/** Prints a row's contenders, ratios first. */
export function printRow(title: string, timed: readonly Timed[]): void {
  console.log(`\n${title}`);
  const width = Math.max(...timed.map(({ name }) => name.length));
  for (const { name, note, ms, ratio, quartiles } of timed) {
    const spread = `${quartiles[0].toFixed(2)}–${quartiles[1].toFixed(2)}`;
    console.log(
      `  ${ratio.toFixed(2).padStart(6)}  ${spread.padEnd(11)}  ${name.padEnd(width)}  ${duration(ms).padStart(9)}  ${note}`.trimEnd(),
    );
  }
}

/** The value below which that share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at % 1);
}

function duration(ms: number): string {
  if (ms < 1) return `${(ms * 1000).toFixed(0)} µs`;
  return ms < 1000 ? `${ms.toFixed(2)} ms` : `${(ms / 1000).toFixed(2)} s`;
}
