import { ConfigurationError } from "@coatcheck/core";
import { onRunEvent } from "../events.ts";
import { LiveView } from "./live.ts";
import { jsonLog, lineLog } from "./log.ts";
import { quietWriter } from "./write.ts";

let watching = false;

/**
 * Shows what runs, from the first call of it on, as `COATCHECK_LOG` says: `json`, a line of JSON for each event; `lines`, a
 * line for people; `off`, nothing. Without it, a live view where stderr is a terminal, else nothing. All of it goes to stderr.
 * Throws {@link ConfigurationError} `InvalidSetting` on another value.
 */
export function watchRuns(): void {
  if (watching) return;
  const how = process.env["COATCHECK_LOG"] ?? "";
  const write = quietWriter(process.stderr);
  switch (how) {
    case "json":
      onRunEvent(jsonLog(write));
      break;
    case "lines":
      onRunEvent(lineLog(write));
      break;
    case "":
      if (process.stderr.isTTY) onRunEvent(new LiveView(process.stderr).listen);
      break;
    case "off":
      break;
    default:
      throw new ConfigurationError(
        "InvalidSetting",
        `COATCHECK_LOG is ${JSON.stringify(how)}. Give json, lines or off; without it, a terminal shows what runs.`,
      );
  }
  watching = true;
}
