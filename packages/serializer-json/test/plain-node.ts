/** Run by realms.test.ts in a Node of its own. */
import { json } from "@coatcheck/serializer-json";
import { reportOnValues } from "@coatcheck/test-support";
import { firstDifference } from "@coatcheck/testing";
import { kinds } from "./corpus.ts";

const serializer = json();
const again = (value: unknown): unknown => serializer.deserialize(serializer.serialize(value) as Uint8Array);
const byName = Object.fromEntries(kinds.map(([name, ...makers]) => [name, makers]));

console.log(JSON.stringify(reportOnValues({ again, kinds: byName, difference: firstDifference })));
