import type { Storage, StorageCapabilities } from "@coatcheck/core";
import { check, equal, show } from "../assert.ts";
import { randomBytes } from "../random.ts";
import type { Capability, CaseContext, StorageCase } from "./case.ts";
import { expectListed, expectObject, info, storageError } from "./objects.ts";

const names: readonly Capability[] = [
  "create",
  "replace",
  "remove",
  "ranges",
  "unknownLength",
  "contentType",
  "sign",
  "persistent",
];
const before = randomBytes(100, 1);

/** The manifest is whole, frozen, and says what the author of the storage says. */
export function manifest(lacks: readonly Capability[]): StorageCase {
  return {
    name: `capabilities: the manifest is frozen and has all but ${lacks.length === 0 ? "nothing" : lacks.join(", ")}`,
    async run({ storage }) {
      const { capabilities } = storage;
      check(Object.isFrozen(capabilities), "capabilities is not frozen: Object.freeze it");
      for (const name of names) {
        const has: unknown = capabilities[name];
        check(typeof has === "boolean", `capabilities.${name}: expected true or false, got ${show(has)}`);
        equal(
          has,
          !lacks.includes(name),
          `capabilities.${name} (the option lacks of storageConformance names what is false)`,
        );
      }
      for (const name of Object.keys(capabilities)) {
        check(names.includes(name as Capability), `capabilities has ${show(name)}, which is no capability`);
      }
    },
  };
}

/** What needs the capability, tried on an object that is there and on a key where there is none. */
const attempts: Readonly<
  Record<
    Exclude<Capability, "persistent">,
    (storage: Storage, at: string, version: string, body: Body) => Promise<unknown>
  >
> = {
  create: (storage, at, _, body) => storage.put(at, body(), { when: "absent", size: 10 }),
  replace: (storage, at, version, body) => storage.put(at, body(), { when: { version }, size: 10 }),
  remove: (storage, at, version) => storage.delete(at, { when: { version } }),
  ranges: (storage, at) => storage.get(at, { range: { start: 0, end: 1 } }),
  unknownLength: (storage, at, _, body) => storage.put(at, body()),
  contentType: (storage, at, _, body) => storage.put(at, body(), { contentType: "text/plain", size: 10 }),
  sign: (storage, at) => storage.sign(at, { operation: "get", expiresIn: 60_000 }),
};
type Body = () => AsyncIterable<Uint8Array>;

/** What a storage that lacks `capability` must do where it is asked for it; `skipped` is how many cases are left out. */
export function lacking(capability: Capability, skipped: number): StorageCase {
  const left = `${skipped} ${skipped === 1 ? "case is" : "cases are"} left out`;
  if (capability === "persistent") {
    return {
      name: `lacks persistent: ${left}; nothing is said of what outlives the process`,
      run: async ({ storage }) => equal(storage.capabilities.persistent, false, "capabilities.persistent"),
    };
  }
  return {
    name: `lacks ${capability}: ${left}; it is refused with NotSupported before anything is done`,
    run: async (context) => await expectRefused(context, capability),
  };
}

async function expectRefused(context: CaseContext, capability: keyof typeof attempts): Promise<void> {
  const { storage, key } = context;
  const { version } = await storage.put(key("there"), before);
  for (const at of [key("there"), key("new")]) {
    let asked = false;
    const body = async function* (): AsyncGenerator<Uint8Array, void, void> {
      asked = true;
      yield randomBytes(10);
    };
    const what = `${capability} on ${show(at)}, which the storage lacks`;
    const error = await storageError(attempts[capability](storage, at, version, body), "NotSupported", what);
    equal(error.key, at, `key of the error of ${what}`);
    check(!asked, `${what}: the body was read`);
  }
  await expectObject(storage, key("there"), before, `after ${capability} was refused`);
  equal((await info(storage, key("there"))).version, version, `version after ${capability} was refused`);
  await expectListed(context, [key("there")], `after ${capability} was refused`);
}

/** Fails at definition where `lacks` names what is no capability. */
export function checkLacks(lacks: readonly Capability[]): void {
  for (const name of lacks) check(names.includes(name), `lacks names ${show(name)}; known: ${names.join(", ")}`);
}

/** Whether the case can be tried without what `lacks` names. */
export function possible({ needs = [] }: StorageCase, lacks: readonly (keyof StorageCapabilities)[]): boolean {
  return !needs.some((need) => lacks.includes(need));
}
