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

/** Options of {@link takeTurns}. */
export interface TurnsOptions {
  /** What is compared: the time that passes (the default), or the processor's, which others on the machine disturb less. */
  readonly by?: "time" | "cpu";
  /** Calls in one round; default 1. */
  readonly calls?: number;
  /** Requests that were sent until now. */
  readonly requests?: () => number;
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
  /** Milliseconds of this process on the processor, all threads, for each call: the mean, as its clock has coarse ticks. */
  readonly cpu: number;
  /** Requests of a call, where they are counted. */
  readonly requests?: number;
}

interface Measured {
  readonly times: number[];
  cpu: number;
  requests: number;
}

/**
 * Lets all take turns, round after round, each in an order drawn anew: what disturbs one disturbs all, and the garbage that
 * one leaves behind is not always collected in the time of the same other. The first contender is what the others are
 * compared to. Some rounds go before those that count.
 */
export async function takeTurns(
  contenders: readonly Contender[],
  rounds: number,
  { by = "time", calls = 1, requests = () => 0 }: TurnsOptions = {},
): Promise<Timed[]> {
  const all = contenders.map((): Measured => ({ times: [], cpu: 0, requests: 0 }));
  const warmUp = Math.min(3, rounds);
  for (let round = -warmUp; round < rounds; round++) {
    for (const index of shuffled(contenders.length)) {
      const { prepare, run } = contenders[index]!;
      await prepare?.();
      const sent = requests();
      const cpuStart = process.cpuUsage();
      const start = performance.now();
      await run();
      const time = performance.now() - start;
      const { user, system } = process.cpuUsage(cpuStart);
      const cpu = (user + system) / 1000;
      if (round < 0) continue;
      const measured = all[index]!;
      measured.times.push(by === "cpu" ? cpu : time);
      measured.cpu += cpu;
      measured.requests += requests() - sent;
    }
  }
  const base = all[0]!.times;
  return contenders.map(({ name, note = "" }, index) => {
    const { times, cpu, requests: sent } = all[index]!;
    const ratios = times.map((time, round) => time / base[round]!);
    return {
      name,
      note,
      ms: quantile(times, 0.5),
      ratio: quantile(ratios, 0.5),
      quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)] as const,
      cpu: cpu / rounds / calls,
      ...(sent === 0 ? {} : { requests: sent / rounds / calls }),
    };
  });
}

/**
 * As {@link takeTurns}, but each takes turns with the first alone: where they are so different that one pays for the garbage
 * of another, and finds its code gone from the caches of the processor.
 */
export async function takeTurnsInPairs(
  contenders: readonly Contender[],
  rounds: number,
  options: TurnsOptions = {},
): Promise<Timed[]> {
  const [first, ...others] = contenders as readonly [Contender, ...Contender[]];
  const timed: Timed[] = [];
  for (const other of others) {
    const [base, its] = (await takeTurns([first, other], rounds, options)) as [Timed, Timed];
    if (timed.length === 0) timed.push(base);
    timed.push(its);
  }
  return timed;
}

/** The value below which that share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at % 1);
}

/** The numbers below `count`, in any order. */
function shuffled(count: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let end = count - 1; end > 0; end--) {
    const other = Math.floor(Math.random() * (end + 1));
    [order[end], order[other]] = [order[other]!, order[end]!];
  }
  return order;
}
