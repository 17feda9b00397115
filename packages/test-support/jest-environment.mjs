import { AsyncLocalStorage } from "node:async_hooks";
import { TestEnvironment } from "jest-environment-node";

/** The storages that the test file has used until now. */
const used = new Set();

for (const name of ["run", "enterWith"]) {
  const original = AsyncLocalStorage.prototype[name];
  AsyncLocalStorage.prototype[name] = function (...parameters) {
    used.add(this);
    return original.apply(this, parameters);
  };
}

/**
 * Jest's own environment, which also ends what each test file leaves behind: until Node 24 every AsyncLocalStorage that was
 * used makes all promises of its process dearer until it is disabled, and jest makes one for each test file. After a
 * hundred files an `await` took a hundred times as long.
 */
export default class extends TestEnvironment {
  async teardown() {
    await super.teardown();
    for (const storage of used) storage.disable();
    used.clear();
  }
}
