import type { Serializer } from "@coatcheck/core";
import { check, show } from "../assert.ts";
import { readBack, write } from "./case.ts";
import { firstDifference } from "./difference.ts";

/** Fails unless the value comes back exactly, or is refused with a path that begins with `path`. Says which. */
export async function exactOrRefused(
  serializer: Serializer,
  make: () => unknown,
  path: string,
  what: string,
): Promise<boolean> {
  const written = await write(serializer, make(), what);
  if ("refused" in written) {
    const at = written.refused.path ?? "";
    check(at.startsWith(path), `${what}: refused at ${show(at)}; it is at ${path}: ${written.refused.message}`);
    const next = at.slice(path.length, path.length + 1);
    check(next === "" || !/[\w$]/.test(next), `${what}: refused at ${show(at)}, which is not below ${path}`);
    return false;
  }
  const difference = firstDifference(await readBack(serializer, written.bytes, what), make());
  check(difference === undefined, `${what}: it came back changed, and no error said so: ${difference}`);
  return true;
}
