import { isSerializer } from "../serializer/pipeline.ts";
import type { Serializer } from "../serializer/serializer.ts";
import { isStorage, type Storage } from "../storage/storage.ts";
import type { StorageName } from "./block-types.ts";
import { isUrl, parseSerializerName, parseSlug } from "./slug.ts";
import { registry } from "./state.ts";

/** Throws `InvalidSlug` on what is no Storage, and no text that could name one. */
export function checkStorage(named: string | Storage): void {
  if (!isStorage(named) && !isUrl(named)) parseSlug(named);
}

/** Throws `InvalidSlug` on what is no Serializer, and no text that could name one. */
export function checkSerializer(named: string | Serializer): void {
  if (!isSerializer(named)) parseSerializerName(named);
}

/**
 * The storage that a slug or URL names; a Storage is given back as it is. Opening sends no request. Each is opened once
 * and kept: what changes in the environment or in files later counts for what is opened later. Calls at the same time open
 * it once; a failure is not kept. Throws {@link ConfigurationError}: `InvalidSlug`, `UnknownBlock`, `UnknownType`,
 * `MissingPackage`, `UnresolvedReference`, …
 */
export async function openStorage<const Name extends string>(named: StorageName<Name> | Storage): Promise<Storage> {
  checkStorage(named);
  if (typeof named !== "string") return named;
  let opening = registry.opened.get(named);
  if (opening === undefined) {
    opening = import("./by-name.ts").then(({ openNamedStorage }) => openNamedStorage(named));
    registry.opened.set(named, opening);
    // A failure is not kept: the package may be installed or the block registered by the next call.
    opening.catch(() => registry.opened.get(named) === opening && registry.opened.delete(named));
  }
  return await opening;
}

/** The serializer that a name gives (`"json"`, `"compressed/json"`); a Serializer is given back as it is. */
export async function openSerializer(named: string | Serializer): Promise<Serializer> {
  return isSerializer(named) ? named : await (await import("./by-name.ts")).openNamedSerializer(named);
}
