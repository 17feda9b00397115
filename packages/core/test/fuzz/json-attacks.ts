import { NAMES } from "./msgpack-attacks.ts";
import { utf8 } from "./target.ts";

const TAGS =
  "undefined number bigint string symbol wellKnownSymbol entries nullPrototype with frozen sealed closed class state array date map set regexp boxed url urlSearchParams headers temporal error arrayBuffer buffer bytes int16Array float64Array dataView node graph $ $a later constructor".split(
    " ",
  );

/** Tags of ours, and scraps of JSON. */
export const JSON_PIECES: readonly Uint8Array[] = [
  ...TAGS.flatMap((tag) => [`"$${tag}":`, `{"$${tag}":`, `{"$${tag}":null}`]),
  ...'{ } [ ] , : " \\ \\u0024 \\ud800 null true 0 -1 -0 1e999 4294967295 4294967296 "" "0x" [] {} [[]] {"$node":0} {"$node":1} {"$graph":[ "2026-11-20T00:00:00.000Z" "AAAA" "AB=="'.split(
    " ",
  ),
  ...NAMES.map((each) => `"${each}":`),
  '{"__proto__":{"polluted":true}}',
  '["Point",2,{"x":1}]',
  '["Point",1,{}]',
  '["Money",1,5]',
  "\0",
  "\ufeff",
].map(utf8);

const nested = (open: string, inside: string, close: string, length = 300_000): string =>
  `${open.repeat(Math.floor(length / open.length))}${inside}${close.repeat(Math.floor(length / open.length))}`;

/** Documents made to do harm. */
export const JSON_ATTACKS: readonly Uint8Array[] = [
  nested("[", "", "]"),
  "[".repeat(500_000),
  nested('{"a":', "1", "}"),
  ...["frozen", "boxed", "$a", "nullPrototype", "node", "date", "graph", "string"].map((tag) =>
    nested(`{"$${tag}":`, "{}", "}"),
  ),
  nested('{"$map":[[1,', "1", "]]}"),
  nested('{"$set":[', "1", "]}"),
  nested('{"$with":[', "1", ",{}]}"),
  nested('{"$class":["Point",2,', "{}", "]}"),
  nested('{"$state":["Money",1,', "1", "]}"),
  // A billion laughs.
  JSON.stringify({
    $graph: Array.from({ length: 64 }, (_, node) =>
      Array.from({ length: 10 }, () => (node < 63 ? { $node: node + 1 } : 1)),
    ),
  }),
  // Each state is made from the next.
  JSON.stringify({
    $graph: Array.from({ length: 20_000 }, (_, node) => ({ $state: ["Money", 1, { $node: node + 1 }] })),
  }),
  JSON.stringify({ $graph: Array.from({ length: 20_000 }, (_, node) => ({ $node: (node + 1) % 20_000 })) }),
  JSON.stringify(Array.from({ length: 5000 }, () => ({ $array: [32_000_000, {}] }))),
  JSON.stringify(Array.from({ length: 5000 }, () => ({ $arrayBuffer: ["", 2 ** 30] }))),
  `{"$bigint":"${"9".repeat(200_000)}"}`,
  `{"$bigint":"0x${"f".repeat(900_000)}"}`,
  `{"$regexp":["(a+)+$","${"g".repeat(1000)}"]}`,
  `{"$regexp":["${"(".repeat(20_000)}${")".repeat(20_000)}",""]}`,
  `{"$url":"http://${"a.".repeat(100_000)}"}`,
  `{"$headers":[["a","${"x".repeat(200_000)}"]]}`,
  ...["__proto__", "constructor", "prototype"].flatMap((each) => [
    `{"${each}":{"polluted":true}}`,
    `{"${each}":{"prototype":{"polluted":true}}}`,
    `{"$nullPrototype":{"${each}":{"polluted":true}}}`,
    `{"$entries":[["${each}",{"polluted":true}]]}`,
    `{"$array":[0,{"${each}":{"polluted":true}}]}`,
    `{"$error":{"type":"Error","properties":{"${each}":{"polluted":true}}}}`,
    `{"$error":{"type":"${each}"}}`,
    `{"$class":["${each}",1,{"polluted":true}]}`,
    `{"$state":["${each}",1,"return 1"]}`,
    `{"$class":["Point",1,{"${each}":{"polluted":true}}]}`,
    `{"$${each}":1}`,
  ]),
].map(utf8);
