import type { Serializer, Storage } from "@coatcheck/core";
import { loadSettings } from "@coatcheck/core/settings";
import { describeCacheKey } from "./cache/policies.ts";
import type { Claim, Decision } from "./decision.ts";
import type { Definition } from "./definition.ts";
import { hashForIdentity } from "./identity.ts";
import { decisionFor } from "./plan.ts";
import type { Scope } from "./scope.ts";

/** Whether, where and how the result of a call would be persisted, and why; printed, it is a short text for people. */
export interface Explanation extends Decision {
  /** The text. */
  toString(): string;
}

const RULES: Readonly<Record<Claim["rule"], string>> = {
  1: "it says so itself",
  2: "a feature of its own needs the result",
  3: "the flow it is called in may be retried, and needs the results of what has finished",
  4: "it says itself where or how its result is kept",
  5: "a flow around it says so",
  6: "the setting for everything",
  7: "nothing asks for it",
};

/** What would be decided for a call in a scope; with the arguments also what depends on them. */
export async function explain(
  definition: Definition,
  scope: Scope | undefined,
  args: readonly unknown[],
): Promise<Explanation> {
  const decision = decisionFor(definition, scope, scope?.loaded ?? (await loadSettings()));
  const parent = scope?.attempt;
  const where = parent === undefined ? "" : `, called in ${parent.kind} ${JSON.stringify(parent.definition)}`;
  const lines: (readonly [string, string])[] = [
    ["decided by", claimText(decision)],
    ...decision.lost.map(
      (claim, index) => [index === 0 ? "instead of" : "", `${claimText(claim)}: ${verdict(claim)}`] as const,
    ),
    ["storage", `${placeText(decision.storage.value)} (${decision.storage.from})`],
    ["serializer", `${serializerText(decision.serializer.value)} (${decision.serializer.from})`],
    ["key", keyText(definition, decision)],
    ...identityLine(decision, scope, args),
    ["to change", change(definition, decision)],
  ];
  const text = [
    `${definition.label}${where}: the result is ${verdict(decision)}.`,
    ...lines.map(([name, value]) => `  ${name.padEnd(11)} ${value}`),
  ].join("\n");
  return { ...decision, toString: () => text };
}

function verdict({ persist }: Claim): string {
  return persist ? "persisted" : "not persisted";
}

function claimText({ rule, because, from }: Claim): string {
  return rule === 7 ? `rule 7, ${RULES[7]}` : `rule ${rule}, ${RULES[rule]}: ${because} (${from})`;
}

function placeText(storage: string | Storage): string {
  return typeof storage === "string" ? storage : storage.url;
}

function serializerText(serializer: string | Serializer): string {
  return typeof serializer === "string" ? serializer : serializer.type;
}

function keyText({ options }: Definition, { persist }: Decision): string {
  const { resultStorageKey, cacheKey } = options;
  if (!persist) return "none";
  const key =
    resultStorageKey === undefined
      ? "a unique id"
      : typeof resultStorageKey === "string"
        ? resultStorageKey
        : "as the function resultStorageKey says";
  return cacheKey === undefined ? key : `${key}; cached by ${describeCacheKey(cacheKey)}`;
}

function identityLine(
  { persist }: Decision,
  scope: Scope | undefined,
  args: readonly unknown[],
): (readonly [string, string])[] {
  const parent = scope?.attempt;
  if (parent?.kind !== "flow" || (parent.run.definition.options.retries ?? 0) === 0) return [];
  if (!persist) return [["if retried", "the flow fails where it needs a value that this gave before: it was not kept"]];
  try {
    hashForIdentity(args);
    return [["if retried", "a call with the same inputs gives the value it gave before"]];
  } catch (error) {
    return [["if retried", `it runs again, for its inputs cannot be told from others: ${(error as Error).message}`]];
  }
}

function change({ kind, name, options }: Definition, { rule, persist, lost, because }: Decision): string {
  const it = `${kind} ${JSON.stringify(name)}`;
  const [next] = lost;
  if (rule === 1)
    return `Remove persistResult from ${it}: then rule ${next!.rule} decides, and it is ${verdict(next!)}.`;
  if (!persist) {
    const all = rule === 5 ? "" : " To persist everything, set COATCHECK_PERSIST_BY_DEFAULT=1.";
    return `Give ${it} persistResult: true.${all}`;
  }
  if (options.cacheKey !== undefined && rule === 2) return `Remove cacheKey from ${it}: what is cached is kept.`;
  const then =
    rule === 3
      ? "; a retry of the flow that needs its value then fails"
      : because.startsWith("retries")
        ? "; a run that fails is then not retried"
        : because.startsWith("cacheResultInMemory")
          ? "; its value is then gone when the run is over"
          : "";
  return `Give ${it} persistResult: false${then}.`;
}
