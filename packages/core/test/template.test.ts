import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { KeyTemplate, memory, ResultStore } from "@coatcheck/core";

const known = ["date", "task_name", "task_run", "parameters", "map_index"];
const date = new Date("2026-01-05T07:08:09.010Z");
const render = (template: string, variables: object = {}): string =>
  new KeyTemplate(template, known).render({ date, ...variables });

describe("what a template gives", () => {
  test.each([
    ["{date:%A}/{task_name}.prefect", { task_name: "extract" }, "Monday/extract.prefect"],
    ["{date:%Y-%m-%dT%H:%M:%S}", {}, "2026-01-05T07:08:09"],
    [
      "{date:%a %b %B %j %y %I%p %f %s %u %w %F %T %z %Z 100%%}",
      {},
      "Mon Jan January 005 26 07AM 010000 1767596889 1 1 2026-01-05 07:08:09 +0000 UTC 100%25",
    ],
    ["{date:%Y/%m/%d}/{task_name}", { task_name: "a/b" }, "2026/01/05/a%2Fb"],
    ["{date}", {}, "2026-01-05T07:08:09.010Z"],
    ["{task_run.run_count:03d}", { task_run: { run_count: 7 } }, "007"],
    ["{taskRun.runCount:3d}.", { task_run: { run_count: 7 } }, undefined],
    ["x{map_index:4d}", { map_index: -7 }, "x  -7"],
    ["{map_index:04d}", { map_index: -7 }, "-007"],
    ["{map_index}", { map_index: 12n }, "12"],
    ["{taskRun.runCount}", { task_run: { run_count: 7 } }, "7"],
    ["{task_run.name}", { taskRun: { name: "n" } }, "n"],
    ["{parameters[user]}-{parameters.0}", { parameters: { user: "u", 0: "zero" } }, "u-zero"],
    ["{{{task_name}}}", { task_name: "x" }, "{x}"],
    ["a/b", {}, "a/b"],
  ])("%s", (template, variables, key) => {
    if (key === undefined) expect(() => render(template, variables)).toThrow("no key can come of it");
    else expect(render(template, variables)).toBe(key);
  });
});

describe("what is refused when it is made", () => {
  test.each([
    ["{task_nam}", 'Did you mean "task_name"?'],
    ["{}", "no variable"],
    ["{task_name", "stands alone"],
    ["task_name}", "stands alone"],
    ["{__proto__}", "there is no variable"],
    ["{task_name!r}", "no variable"],
    ["{date:%Q}", "neither a date's"],
    ["{date:}", "neither a date's"],
    ["{map_index:x}", "neither a date's"],
    ["/{task_name}", "no key can come of it"],
    ["{task_name}/../x", "no key can come of it"],
    ["{task_name}//x", "no key can come of it"],
    ["", "no key can come of it"],
  ])("%s", (template, message) => {
    const make = (): KeyTemplate => new KeyTemplate(template, known);
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: "InvalidTemplate" }));
  });
});

describe("what is refused when it is made, where it is known what the variables are", () => {
  const table = { date: "date", run: { name: "text", run_count: "number" }, parameters: "any" } as const;

  test.each([
    ["{run.nam}", 'there is no variable "run.nam". Did you mean "name"?'],
    ["{run}", "{run} is more than one value. Known: name, run_count"],
    ["{run.name.length}", "{run.name.length} has no parts: run.name is a text"],
    ["{run.name:%Y}", "{run.name:%Y} has a date's format, but it is a text"],
    ["{run.runCount:%Y}", "has a date's format, but it is a number"],
    ["{date:03d}", "has a number's format, but it is a date"],
    ["{run.constructor}", "there is no variable"],
  ])("%s", (template, message) => {
    expect(() => new KeyTemplate(template, table)).toThrow(message);
  });

  test.each(["{run.runCount:03d}-{run.name}", "{date:%Y}", "{parameters.a.b:03d}", "{parameters[a]:%Y}"])(
    "%s is accepted",
    (template) => {
      expect(new KeyTemplate(template, table).text).toBe(template);
    },
  );
});

describe("without types", () => {
  const store = new ResultStore({ storage: memory() });

  test.each([undefined, null, 5, {}])("%p is no template", (template) => {
    expect(() => store.at(template as never)).toThrow(
      expect.objectContaining({ code: "InvalidTemplate", message: expect.stringContaining("it is no text") }),
    );
  });

  test("a write to a template's key takes no other key", async () => {
    await expect(store.at("a").write(1, { key: "b" } as never)).rejects.toMatchObject({ code: "UnknownOption" });
  });

  test("without variables there are none", () => {
    expect(() => store.at("{a}", null as never)).toThrow('there is no variable "a". Known: date');
    expect(store.at("a", null as never).key()).toBe("a");
  });
});

describe("what is refused when it is rendered", () => {
  test.each([
    ["{task_name}", {}, "has no value here"],
    ["{task_name}", { task_name: null }, "null"],
    ["{task_name}", { task_name: {} }, "of which no name can be made"],
    ["{parameters.toString}", { parameters: {} }, "has no value here"],
    ["{parameters.constructor}", { parameters: {} }, "has no value here"],
    ["{task_name.length}", { task_name: "x" }, "has no value here"],
    ["{task_name:%Y}", { task_name: "x" }, "is no date"],
    ["{map_index:03d}", { map_index: 1.5 }, "no whole number"],
    ["{date:%Y}", { date: new Date(NaN) }, "invalid date"],
  ])("%s", (template, variables, message) => {
    expect(() => render(template, variables)).toThrow(message);
  });

  test.each([[".."], ["."], [""], ["a."], ["\ud800"]])("the value %j, of which no segment can be made", (value) => {
    expect(() => render("a/{task_name}", { task_name: value })).toThrow(
      expect.objectContaining({ code: "InvalidKey" }),
    );
  });
});

test("a value never chooses a folder, and two values never share a key", () => {
  const value = fc.string({ unit: fc.constantFrom("a", "/", "\\", "%", "2", "F", ".", "\u0000", "é", "\u0085") });
  fc.assert(
    fc.property(value, value, (one, other) => {
      const key = (task_name: string): string | undefined => {
        try {
          return render("top/{task_name}/end", { task_name });
        } catch {
          return undefined;
        }
      };
      const first = key(one);
      if (first === undefined) return;
      expect(first.split("/")).toHaveLength(3);
      if (one !== other) expect(key(other)).not.toBe(first);
    }),
  );
});
