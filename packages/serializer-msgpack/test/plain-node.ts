/** Run by realms.test.ts in a Node of its own. */
import { msgpack } from "@coatcheck/serializer-msgpack";
import { reportOnValues } from "@coatcheck/test-support";
import { firstDifference } from "@coatcheck/testing";
import { kinds } from "./corpus.ts";

const serializer = msgpack();
const again = (value: unknown): unknown => serializer.deserialize(serializer.serialize(value) as Uint8Array);

console.log(JSON.stringify(reportOnValues({ again, kinds, difference: firstDifference })));
