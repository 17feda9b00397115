import { type Line, type Results, shown } from "../report.ts";

const WIDTH = 860;
const LEFT = 300;
const RIGHT = 60;
const ROW = 17;
const TITLE = 34;

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
/** Contenders that are ours, by what they are called. */
const OURS =
  /coatcheck|ResultStore|writeMany|one after another|^first (result|flow)|the task|^task\.|cached|kept|hash of inputs/i;

/**
 * Ratios as points on a logarithmic scale, with their quartiles as lines; ours stand out, and what all are compared to is the
 * line at 1. Undefined where there are none.
 */
export function chart({ title, by, tables }: Results): string | undefined {
  const compared = tables
    .map((table) => ({
      ...table,
      lines: table.lines.slice(1).filter(({ values }) => values["ratio"] !== undefined),
      first: table.lines[0],
    }))
    .filter(({ lines }) => lines.length > 0);
  if (compared.length === 0) return undefined;
  const ratios = compared.flatMap(({ lines }) =>
    lines.flatMap(({ values }) => [values["low"] ?? values["ratio"]!, values["high"] ?? values["ratio"]!]),
  );
  const scale = scaleOf(Math.min(1, ...ratios), Math.max(1, ...ratios));
  const height = TITLE + 30 + compared.reduce((sum, { lines }) => sum + TITLE + lines.length * ROW, 0);
  const parts: string[] = [];
  let y = TITLE + 14;
  for (const { group, of, lines, first } of compared) {
    parts.push(`<text class="group" x="8" y="${y + 18}">${escape(`${group} ${of}`.trim())}</text>`);
    parts.push(`<text class="first" x="${scale.at(1) + 5}" y="${y + 18}">${escape(first!.name)}</text>`);
    y += TITLE - 8;
    for (const line of lines) {
      parts.push(point(line, y + ROW / 2, scale.at));
      y += ROW;
    }
    y += 8;
  }
  const ticks = scale.ticks.map((tick) => {
    const x = scale.at(tick);
    return `<line class="${tick === 1 ? "one" : "tick"}" x1="${x}" x2="${x}" y1="${TITLE + 12}" y2="${height - 8}"/><text class="axis" x="${x}" y="${TITLE + 6}">${tick}</text>`;
  });
  const clock = by === "cpu" ? "processor time" : "time";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${escape(title)}</title>
<style>
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.head { font-size: 14px; font-weight: 600 } .group { font-weight: 600 } .axis, .first { fill: #59636e; font-size: 11px } .axis { text-anchor: middle }
.name { text-anchor: end } .tick { stroke: #d1d9e0 } .one { stroke: #59636e; stroke-width: 1.5 }
.ours { fill: #0969da; stroke: #0969da; font-weight: 600 } .other { fill: #818b98; stroke: #818b98 } text.ours, text.other { stroke: none } text.other { fill: #1f2328 }
@media (prefers-color-scheme: dark) {
text, text.other { fill: #f0f6fc } .axis, .first { fill: #9198a1 } .tick { stroke: #3d444d } .one { stroke: #9198a1 }
.ours { fill: #4493f8; stroke: #4493f8 } .other { fill: #9198a1; stroke: #9198a1 }
}
</style>
<text class="head" x="8" y="18">${escape(title)}</text>
<text class="axis" x="8" y="${TITLE + 6}" style="text-anchor:start">${clock}, relative: less is better</text>
${ticks.join("\n")}
${parts.join("\n")}
</svg>
`;
}

interface Scale {
  at(ratio: number): number;
  readonly ticks: readonly number[];
}

function scaleOf(least: number, most: number): Scale {
  const all = [
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500,
    1000,
  ];
  const from = all.findLast((tick) => tick <= least) ?? all[0]!;
  const to = all.find((tick) => tick >= most) ?? all.at(-1)!;
  const at = (ratio: number): number => {
    const share = Math.log(ratio / from) / Math.log(to / from || 10);
    return Math.round((LEFT + Math.min(1, Math.max(0, share)) * (WIDTH - LEFT - RIGHT)) * 10) / 10;
  };
  const ticks = all.filter((tick) => tick >= from && tick <= to);
  return { at, ticks: ticks.length > 12 ? ticks.filter((tick) => Number.isInteger(Math.log10(tick))) : ticks };
}

function point({ name, values }: Line, y: number, at: (ratio: number) => number): string {
  const { ratio, low = ratio!, high = ratio! } = values;
  const kind = OURS.test(name) ? "ours" : "other";
  const x = at(ratio!);
  return [
    `<text class="name ${kind}" x="${LEFT - 10}" y="${y + 4}">${escape(name)}</text>`,
    `<line class="${kind}" x1="${at(low)}" x2="${at(high)}" y1="${y}" y2="${y}" stroke-width="2"/>`,
    `<circle class="${kind}" cx="${x}" cy="${y}" r="4"/>`,
    `<text class="axis" x="${Math.max(x, at(high)) + 8}" y="${y + 4}" style="text-anchor:start">${shown({ ratio: ratio! }, "ratio")}</text>`,
  ].join("");
}
