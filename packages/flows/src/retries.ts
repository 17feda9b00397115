import { ConfigurationError, type Duration, parseDuration } from "@coatcheck/core";
import { after } from "./delay.ts";
import { reasonOf } from "./reason.ts";
import type { Run } from "./run.ts";

/**
 * Whether there is to be another attempt after `error`, having waited for its delay. Throws what ends the run instead: the
 * error itself, or a ConfigurationError where its result may not be kept and a retry needs that.
 */
export async function prepareRetry(run: Run, error: unknown): Promise<void> {
  const { definition, count, plan } = run;
  const { retries = 0, retryIf } = definition.options;
  if (run.cancelled !== undefined || count > retries) throw error;
  if (retryIf !== undefined) {
    const again = await retryIf(error);
    // It may take its time.
    if (run.cancelled !== undefined) throw run.cancelled;
    if (!again) throw error;
  }
  const decision = plan!.decision;
  if (definition.kind === "task" && !decision.persist) throw notRetried(definition.label, retries, error);
  const delay = delayOf(run, error);
  run.phase = "Retrying";
  const when = delay === 0 ? "now" : `in ${Math.round(delay)} ms`;
  run.announce("retrying", "Retrying", `${reasonOf(error)} (attempt ${count} of ${retries + 1}; the next ${when})`);
  if (delay > 0) await pause(run, delay);
}

/** Milliseconds to wait after an attempt, which has failed with `error`. */
function delayOf({ definition, count }: Run, error: unknown): number {
  const { retryDelay = 0, retryJitter = 0 } = definition.options;
  const given = typeof retryDelay === "function" ? retryDelay(count) : retryDelay;
  const each = Array.isArray(given) ? given[Math.min(count, given.length) - 1]! : (given as Duration);
  try {
    const delay = each === 0 ? 0 : parseDuration(each, `${definition.label}: what the function retryDelay gave`);
    return delay * (1 + retryJitter * Math.random());
  } catch (wrong) {
    const { code, message } = wrong as ConfigurationError;
    throw new ConfigurationError(code, message, { cause: error });
  }
}

async function pause(run: Run, delay: number): Promise<void> {
  const outer = run.onCancel;
  await new Promise<void>((resolve) => {
    const callOff = after(delay, resolve);
    run.onCancel = () => {
      callOff();
      outer?.();
      resolve();
    };
  });
  run.onCancel = outer;
  if (run.cancelled !== undefined) throw run.cancelled;
}

function notRetried(label: string, retries: number, cause: unknown): ConfigurationError {
  const message = `${label} failed and has retries: ${retries}, but also persistResult: false, and what is retried keeps its result. Remove persistResult: false, or give retries: 0.`;
  return new ConfigurationError("InvalidOption", message, { cause });
}
