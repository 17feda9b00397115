import { randomUUID } from "node:crypto";
import type { Result } from "@coatcheck/core";
import type { LoadedSettings } from "@coatcheck/core/settings";
import type { Attempt } from "./attempt.ts";
import type { Submitted } from "./children.ts";
import type { Definition } from "./definition.ts";
import { RunCancelled } from "./errors.ts";
import { emit, hasListeners, type RunEventType } from "./events.ts";
import type { KeyContext } from "./options.ts";
import { parametersOf } from "./parameters.ts";
import type { Plan } from "./plan.ts";
import type { Scope } from "./scope.ts";
import type { State, StateType } from "./state.ts";

/** One call of a flow or task, from the call to its end. */
export class Run {
  readonly definition: Definition;
  /** Where it was called. */
  readonly around: Scope | undefined;
  readonly mapIndex: number | undefined;
  /** The arguments; futures and states among them are replaced by their values before the function is called. */
  args: readonly unknown[];
  /** Of the outermost run, set once settings are loaded. */
  plan: Plan | undefined;
  loaded: LoadedSettings | undefined;
  /** What tells this call from others of its flow run, over retries; undefined where nothing needs it or it cannot be told. */
  identity: string | undefined;
  /** Of a flow that may be retried: its children that completed, by their identity. */
  finished: Map<string, Result> | undefined;
  /** Where the next value goes; undefined for a unique id. */
  key: string | undefined;
  /** Attempts begun. */
  count = 0;
  calledAt = 0;
  /** What it is doing, while it is not over. */
  phase: StateType = "Pending";
  /** How it ended. */
  final: State | undefined;
  /** Where it is waited for, if it was submitted. */
  submittedTo: Submitted | undefined;
  /** Somebody has asked for its state: nobody else needs to be told how it ended. */
  observed = false;
  /** Why it was cancelled. */
  cancelled: RunCancelled | undefined;
  /** Settles when it is over, as its caller is told. */
  over: Promise<unknown> | undefined;
  /** Told when it is cancelled while it waits. */
  onCancel: (() => void) | undefined;
  /** The attempt under way. */
  current: Attempt | undefined;
  readonly #ordinal: number | undefined;
  #id: string | undefined;

  constructor(
    definition: Definition,
    around: Scope | undefined,
    args: readonly unknown[],
    plan?: Plan,
    mapIndex?: number,
  ) {
    this.definition = definition;
    this.around = around;
    this.args = args;
    this.plan = plan;
    this.loaded = around?.loaded;
    this.mapIndex = mapIndex;
    if (plan !== undefined) this.#ordinal = plan.calls.next++;
  }

  get id(): string {
    return (this.#id ??= randomUUID());
  }

  get name(): string {
    return `${this.definition.name}-${this.#ordinal ?? this.id.slice(0, 8)}`;
  }

  /** The attempt it was called in. */
  get parent(): Attempt | undefined {
    return this.around?.attempt;
  }

  /** It is over. What it was called with is let go of: a future may be held for long. */
  end(state: State): void {
    this.final = state;
    this.args = [];
  }

  /** Cancels it: what has not begun never does, and what has is told by its signal. Once it is over, this does nothing. */
  cancel(why: string, cause?: unknown): void {
    if (this.cancelled !== undefined) return;
    this.cancelled = new RunCancelled(this.name, why, cause === undefined ? {} : { cause });
    this.onCancel?.();
    this.current?.stop(this.cancelled);
  }

  /** Cancels it since the attempt that it was called in is closed. What nobody waits for is then no unhandled rejection. */
  dismiss({ name, closed }: Attempt): void {
    this.over?.catch(() => {});
    this.cancel(`run "${name}", in which it was called, had ended`, closed?.reason);
  }

  /** Tells listeners what has happened, where there are any. */
  announce(type: RunEventType, state: StateType, message?: string): void {
    if (!hasListeners() && type !== "warning") return;
    emit({
      type,
      kind: this.definition.kind,
      id: this.id,
      name: this.name,
      definition: this.definition.name,
      parentId: this.parent?.run.id,
      state,
      attempt: this.count,
      timestamp: Date.now(),
      message,
    });
  }

  /** What keys are made of. */
  keyContext(): KeyContext {
    const { definition, mapIndex, id, name, count: runCount } = this;
    const flow = this.#flowRun();
    return {
      date: new Date(),
      parameters: parametersOf(this.args, definition.options),
      flowRun: flow && {
        id: flow.id,
        name: flow.name,
        flowName: flow.definition.name,
        runCount: flow.count,
        parameters: parametersOf(flow.args, flow.definition.options),
        scheduledStartTime: new Date(flow.calledAt),
      },
      taskRun: definition.kind === "task" ? { id, name, taskName: definition.name, runCount } : undefined,
      mapIndex,
    };
  }

  #flowRun(): Run | undefined {
    if (this.definition.kind === "flow") return this;
    const { parent } = this;
    return parent === undefined ? undefined : parent.run.#flowRun();
  }
}
