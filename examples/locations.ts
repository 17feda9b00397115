// What Prefect 1 did with `Result` classes and locations, in today's words: a place, given by a template.
import { registerBlock, ResultStore } from "@coatcheck/core";

registerBlock("local/b", { path: "./b" });

// S3Result(bucket="b", location="{date:%A}/{task_name}.prefect")
const store = new ResultStore({ storage: "local/b", serializer: "json" });
const place = store.at("{date:%Y}/{task_name}.json", { task_name: "extract" });

// result.exists(location), result.write(value), result.read(location)
console.log(await place.exists());
const result = await place.write([1, 2, 3]);
console.log(await place.exists(), await place.read());
// `write` gives a new result; the template stays as it was.
console.log(result.location!.replace(/^\d{4}/, "<year>"), place.location);

// PrefectResult, whose location held the value: small JSON values can stay in the reference.
const small = new ResultStore({ storage: "local/b", inlineBelow: 100 });
console.log(JSON.stringify(await small.write({ rows: 3 })));

// Prints:
// false
// true [ 1, 2, 3 ]
// <year>/extract.json {date:%Y}/{task_name}.json
// {"coatcheck":1,"value":{"rows":3}}
