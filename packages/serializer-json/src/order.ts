import type { Json } from "./kind.ts";
import { tagOf } from "./tag.ts";

/** In which order the nodes of a table are complete, and which nodes lead back to themselves. */
export interface Order {
  /** Every node stands behind all it refers to, but for references that lead back. */
  readonly nodes: readonly number[];
  /** The nodes that something refers to which they need themselves. */
  readonly circular: ReadonlySet<number>;
}

/** Walks the table from its root along the references, without recursion: chains of nodes may be long. */
export function dependencyOrder(table: readonly Json[]): Order {
  const nodes: number[] = [];
  const circular = new Set<number>();
  const open = new Set<number>();
  const met = new Set<number>();
  for (let root = 0; root < table.length; root++) {
    if (met.has(root)) continue;
    const path = [enter(root)];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.references.pop();
      if (next === undefined) {
        path.pop();
        open.delete(top.node);
        nodes.push(top.node);
      } else if (open.has(next)) circular.add(next);
      else if (!met.has(next) && next < table.length) path.push(enter(next));
    }
  }
  return { nodes, circular };

  function enter(node: number): { readonly node: number; readonly references: number[] } {
    met.add(node);
    open.add(node);
    return { node, references: referencesOf(table[node]!).reverse() };
  }
}

function referencesOf(json: Json): number[] {
  const found: number[] = [];
  const waiting: Json[] = [json];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next !== "object" || next === null) continue;
    const node = tagOf(next) === "$node" ? (next as { $node: Json }).$node : undefined;
    if (typeof node === "number" && Number.isInteger(node) && node >= 0) found.push(node);
    const children = Object.values(next);
    for (let index = children.length - 1; index >= 0; index--) waiting.push(children[index]!);
  }
  return found;
}
