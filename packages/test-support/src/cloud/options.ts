import { expect, test } from "@jest/globals";
import { ConfigurationError, type Storage } from "@coatcheck/core";
import { bytesOf, KIB, read, streamOf } from "./bytes.ts";
import type { Cloud } from "./cloud.ts";

/** Why a function that opens storages refuses these options: code and message; `"taken"` where it does not. */
export function refusalBy<Options>(open: (options: Options) => Storage, options: object): string {
  try {
    open(options as Options);
  } catch (error) {
    if (error instanceof ConfigurationError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "taken";
}

/** What is done, and which requests it takes. */
export type Steps = Readonly<Record<string, readonly [() => Promise<unknown>, Readonly<Record<string, number>>]>>;

/** Nothing takes a request more than it must. `more` has the steps that are those of one cloud. */
export function requestTest(at: Cloud, more: (storage: Storage) => Steps): void {
  test(`${at.name}: each operation is one request`, async () => {
    const storage = at.open();
    const body = bytesOf(100 * KIB);
    const { on } = at;
    const steps: Steps = {
      "a put of bytes": [() => storage.put("a", body), { [on.put]: 1 }],
      "a put of a stream": [() => storage.put("b", streamOf(body)), { [on.put]: 1 }],
      "a create": [() => storage.put("c", body, { when: "absent" }), { [on.put]: 1 }],
      "a create that fails": [() => storage.put("c", body, { when: "absent" }).catch(() => {}), { [on.put]: 1 }],
      "a get": [() => read(storage, "a"), { [on.get]: 1 }],
      "a get of a range": [
        async () => (await storage.get("a", { range: { start: 5, end: 9 } }))!.bytes(),
        { [on.get]: 1 },
      ],
      "a miss": [() => read(storage, "never"), { [on.get]: 1 }],
      "a stat": [() => storage.stat("a"), { [on.stat]: 1 }],
      "a list": [() => storage.list(), { [on.list]: 1 }],
      "a delete": [() => storage.delete("a"), { [on.delete]: 1 }],
      sign: [() => storage.sign("a", { operation: "get", expiresIn: 1000 }), {}],
      ...more(storage),
    };
    const counts: Record<string, object> = {};
    const expected: Record<string, object> = {};
    for (const [name, [run, requests]] of Object.entries(steps)) {
      at.server.reset();
      await run();
      counts[name] = at.server.counts;
      expected[name] = requests;
    }
    expect(counts).toEqual(expected);
  });
}
