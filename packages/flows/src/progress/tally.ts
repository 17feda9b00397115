import type { RunEvent, RunEventType } from "../events.ts";

/** A run that is not over. */
export interface OpenRun {
  readonly name: string;
  readonly kind: RunEvent["kind"];
  /** The run it was called in, while that is not over. */
  readonly parent: OpenRun | undefined;
  /** When it was created, and when its function was first called, in milliseconds since 1970. */
  readonly created: number;
  started: number | undefined;
  attempt: number;
  retrying: boolean;
}

/** How a run can end. */
export type EndType = "completed" | "cached" | "failed" | "cancelled" | "notReady";

const ENDS: ReadonlySet<RunEventType> = new Set<EndType>(["completed", "cached", "failed", "cancelled", "notReady"]);

/** Whether the run is over with this. */
export function isEnd(type: RunEventType): type is EndType {
  return ENDS.has(type);
}

/** What is running and what has, from the events: all since there was nothing the last time. What is over is only counted. */
export class Tally {
  /** The runs that are not over. */
  readonly open: Map<string, OpenRun> = new Map();
  /** How tasks have ended. */
  readonly ended: Map<EndType, number> = new Map();
  /** The outermost runs, ended or not. */
  outermost = 0;
  /** When the first of them was created, in milliseconds since 1970. */
  since = 0;

  /** Takes an event in. Gives the run that it is of, also where the run is over with it; undefined for one never created. */
  take(event: RunEvent): OpenRun | undefined {
    if (event.type === "created") return this.#create(event);
    const run = this.open.get(event.id);
    if (run === undefined) return undefined;
    run.attempt = event.attempt;
    if (event.type === "running") run.started ??= event.timestamp;
    if (event.type === "running" || event.type === "retrying") run.retrying = event.type === "retrying";
    if (isEnd(event.type)) {
      this.open.delete(event.id);
      if (run.kind === "task") this.ended.set(event.type, (this.ended.get(event.type) ?? 0) + 1);
    }
    return run;
  }

  #create({ id, name, kind, parentId, timestamp, attempt }: RunEvent): OpenRun {
    if (this.open.size === 0) {
      this.ended.clear();
      this.outermost = 0;
      this.since = timestamp;
    }
    const parent = parentId === undefined ? undefined : this.open.get(parentId);
    if (parent === undefined) this.outermost++;
    const run = { name, kind, parent, created: timestamp, started: undefined, attempt, retrying: false };
    this.open.set(id, run);
    return run;
  }
}
