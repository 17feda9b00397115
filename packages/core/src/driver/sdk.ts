import { StorageError } from "../errors.ts";
import { isMissingPackage } from "../missing-package.ts";

/** What `load` gives, loaded by the first call and then kept; calls at the same time share it. A failure is not kept. */
export function lazy<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}

/**
 * Loads the SDK of a storage: `load` is a literal import, so that bundlers see it. One that is not installed is
 * `MissingPackage` with the command that installs it; one that fails to load is `Misconfigured`, with its own error.
 */
export async function loadSdk<T>(type: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const what = `storage type "${type}" needs the package ${name}, which is`;
    if (isMissingPackage(cause, name)) {
      const detail = `${what} not installed. Run: npm install ${name}`;
      throw new StorageError({ code: "MissingPackage", detail, cause });
    }
    const detail = `${what} installed but failed to load: ${String(cause)}`;
    throw new StorageError({ code: "Misconfigured", detail, cause });
  }
}
