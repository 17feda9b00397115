import { parseDuration } from "@coatcheck/core";
import { reportFailures, settleChildren } from "./children.ts";
import { after } from "./delay.ts";
import { RunTimedOut } from "./errors.ts";
import { isError, reasonOf } from "./reason.ts";
import { prepareRetry } from "./retries.ts";
import { returned } from "./returned.ts";
import { Attempt } from "./attempt.ts";
import type { Run } from "./run.ts";

/** Calls the function of a run until it succeeds or its retries are used up; throws what the last attempt threw. */
export async function callWithRetries(run: Run): Promise<unknown> {
  for (;;) {
    try {
      return await callOnce(run);
    } catch (error) {
      await prepareRetry(run, error);
    }
    run.count++;
    run.key = run.definition.keyMaker?.make(run.keyContext());
  }
}

async function callOnce(run: Run): Promise<unknown> {
  const attempt = new Attempt(run);
  run.current = attempt;
  run.phase = "Running";
  run.announce("running", "Running");
  try {
    return await withinTimeout(attempt);
  } catch (error) {
    // Nothing more begins in it. What has begun is waited for, so that the next attempt finds it, unless it was told to end: it
    // may not listen.
    attempt.close(error);
    if (!(error instanceof RunTimedOut && error === attempt.stopped)) {
      await settleChildren(attempt);
      if (run.count <= (run.definition.options.retries ?? 0)) await attempt.emptied();
    }
    throw run.cancelled ?? error;
  } finally {
    reportFailures(attempt);
    run.current = undefined;
  }
}

async function withinTimeout(attempt: Attempt): Promise<unknown> {
  const work = valueOf(attempt);
  const { timeout } = attempt.run.definition.options;
  if (timeout === undefined) return await work;
  const ms = parseDuration(timeout, "timeout");
  return await new Promise((resolve, reject) => {
    const callOff = after(ms, () => {
      const error = new RunTimedOut(attempt.run, ms);
      attempt.stop(error);
      reject(error);
      reportLate(attempt, work);
    });
    work.finally(callOff).then(resolve, reject);
  });
}

async function valueOf(attempt: Attempt): Promise<unknown> {
  const given = await attempt.call();
  const value = attempt.kind === "flow" ? await returned(given) : given;
  await settleChildren(attempt);
  return value;
}

/** Says that a function has gone on after its timeout, and what became of it. One that ended as its signal said is in order. */
function reportLate({ run, runCount, signal }: Attempt, work: Promise<unknown>): void {
  const warn = (what: string): void =>
    run.announce("warning", run.phase, `Run "${run.name}" (attempt ${runCount}) ended after its timeout ${what}.`);
  work.then(
    () => warn("with a value, which was discarded. Its function should watch currentRun().signal"),
    (error: unknown) => {
      const told = error === signal.reason || (isError(error) && error.name === "AbortError");
      if (!told) warn(`with an error, which was discarded: ${reasonOf(error)}`);
    },
  );
}
