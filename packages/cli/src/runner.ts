import { exitCodeOf, Interrupted, SomeFailed } from "./exit.ts";
import { Session } from "./session.ts";

/** Runs what a command does, with all that belongs to it, and gives the exit code. */
export async function runCommand(json: boolean, command: (session: Session) => Promise<void>): Promise<number> {
  const abort = new AbortController();
  const onSignal = (signal: "SIGINT" | "SIGTERM"): void => {
    // Who asks twice does not want to wait for the tidying up.
    if (abort.signal.aborted) process.exit(new Interrupted(signal).exitCode);
    abort.abort(new Interrupted(signal));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  // Whoever read the output has had enough.
  process.stdout.on("error", (error: { code?: string }) => process.exit(error.code === "EPIPE" ? 141 : 1));
  const session = new Session(json, abort.signal);
  try {
    await command(session);
    return 0;
  } catch (error) {
    const shown = abort.signal.aborted ? abort.signal.reason : error;
    await session.out.flush();
    if (!(shown instanceof SomeFailed)) session.report(shown);
    return exitCodeOf(shown);
  } finally {
    await session.close();
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}
