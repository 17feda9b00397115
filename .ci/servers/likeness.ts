import { readFileSync } from "node:fs";
import type { Suite } from "../suite.ts";

/** What a server answered to each request of a probe, as short text. */
export type Observations = Readonly<Record<string, string>>;

/**
 * A test server of ours beside one that is not: the same requests, and every difference in the table of the test servers'
 * README whose heading begins with `heading`.
 */
export function sameAnswers(
  heading: string,
  name: string,
  askBoth: () => Promise<readonly [ours: Observations, theirs: Observations]>,
): Suite {
  return {
    name: "the same answers as our test server",
    define: (test) => {
      const listed = listedDifferences(heading);
      let asked: ReturnType<typeof askBoth> | undefined;
      test("every difference is listed, and nothing else", async () => {
        const [ours, theirs] = await (asked ??= askBoth());
        const wrong = Object.keys(ours)
          .filter((request) => ours[request] !== theirs[request] && !listed.has(request))
          .map((request) => `${request}: ours ${ours[request]}; ${name}: ${theirs[request]}`);
        if (wrong.length > 0) throw new Error(`not in the README of the test servers:\n${wrong.join("\n")}`);
      });
      for (const [request, answers] of listed) {
        test(`differs as listed: ${request}`, async () => {
          const seen = (await (asked ??= askBoth())).map((observations) => observations[request]);
          if (seen.join("\n") === answers.join("\n")) return;
          throw new Error(`listed ${JSON.stringify(answers)}, seen ${JSON.stringify(seen)}`);
        });
      }
    },
  };
}

/** The rows of the table: the request, what ours answers, what the other answers. */
function listedDifferences(heading: string): Map<string, readonly [string, string]> {
  const readme = readFileSync(new URL("../../../packages/test-servers/README.md", import.meta.url), "utf8");
  const section = readme.split(/^## /m).find((each) => each.startsWith(heading));
  const rows = [...(section ?? "").matchAll(/^\| `([^`]+)` +\| `([^`]+)` +\| `([^`]+)` +\| [^|]+ \|$/gm)];
  if (rows.length === 0) throw new Error(`The README of the test servers has no table "${heading}".`);
  return new Map(rows.map(([, request, ours, theirs]) => [request!, [ours!, theirs!]]));
}
