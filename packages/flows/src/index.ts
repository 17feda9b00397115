export {
  type CacheContext,
  type CacheKey,
  type CachePolicy,
  inputs,
  type InputsOptions,
  runId,
  taskSource,
} from "./cache/policies.ts";
export type { Claim, Decision, Sourced } from "./decision.ts";
export type { AnyFunction } from "./definition.ts";
export { RunCancelled, RunTimedOut, UnfinishedRun } from "./errors.ts";
export { registerInputClass, UnhashableInput, type UnhashableInputInit } from "./hash/index.ts";
export { onRunEvent, type RunEvent, type RunEventType, type RunListener } from "./events.ts";
export type { Explanation } from "./explain.ts";
export { flow } from "./flow.ts";
export type { Future } from "./future.ts";
export type {
  CachingOptions,
  FlowOptions,
  FlowRunVariables,
  KeyContext,
  RetryDelay,
  RunOptions,
  TaskChanges,
  TaskOptions,
  TaskRunVariables,
} from "./options.ts";
export { currentRun } from "./current-run.ts";
export type { CurrentRun } from "./attempt.ts";
export { type SettingsOverlay, withSettings } from "./settings.ts";
export type { ResultOptions, State, StateType } from "./state.ts";
export { task } from "./task.ts";
export type { Argument, Arguments, Flow, FlowValue, MapOptions, Returned, Task, TaskValue } from "./task-types.ts";
