import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { valueKinds } from "@coatcheck/testing";
import { refusedKinds, valuesByKind } from "../src/serializer/kinds/index.ts";
import { changing } from "./broken/changing-serializers.ts";
import { codecs } from "./broken/codecs.ts";
import { conditions } from "./broken/conditions.ts";
import { contracts } from "./broken/contracts.ts";
import { harmed } from "./broken/harmed-serializers.ts";
import { keys } from "./broken/keys.ts";
import { listing } from "./broken/listing.ts";
import { misbehaving } from "./broken/misbehaving-serializers.ts";
import { misleading } from "./broken/misleading-serializers.ts";
import { reading } from "./broken/reading.ts";
import { signing } from "./broken/signing.ts";
import { writing } from "./broken/writing.ts";

const readme = readFileSync(join(__dirname, "../README.md"), "utf8");

test.each(["map-storage.ts", "strict-json.ts"])("the README shows %s as it is tested", (name) => {
  expect(readme).toContain(readFileSync(join(__dirname, "samples", name), "utf8"));
});

test.each(["map-storage.test.ts", "strict-json.test.ts", "framed.test.ts"])(
  "the README shows %s as it is run",
  (name) => {
    const own = readFileSync(join(__dirname, name), "utf8").replaceAll("./samples/", "./");
    expect(readme.replace(" // or from your runner", "")).toContain(own);
  },
);

test("the README counts what is there", () => {
  const kinds = Object.keys({ ...valuesByKind({ longText: 10 }), ...refusedKinds }).length;
  expect(readme).toContain(`goes through ${kinds} kinds of values (\`valueKinds\` lists the ${valueKinds.length}`);
  const storages = [writing, conditions, reading, listing, keys, contracts, signing].flat();
  const serializers = [changing, misleading, misbehaving, harmed].flat();
  // One of the storages is right: it is there to prove that signing can be.
  const wrong = storages.filter(({ fails }) => fails.length > 0);
  const proved = `${wrong.length} storages, ${serializers.length} serializers and ${codecs.length} codecs`;
  expect(readme).toContain(`${proved} that get one thing wrong`);
});
