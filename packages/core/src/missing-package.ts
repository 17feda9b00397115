/**
 * Whether an import of the package `name` failed because it is not installed. A package that is there but lacks one of
 * its own dependencies fails with the same code: the name in the message tells them apart.
 */
export function isMissingPackage(error: unknown, name: string): boolean {
  const { code, message = "" } = (error ?? {}) as { code?: string; message?: string };
  if (code !== undefined && code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") return false;
  // Yarn with Plug'n'Play words it in its own way.
  const required = /^Required package: (\S+)/m.exec(message)?.[1];
  if (required !== undefined) return required === name;
  const quoted = message.split("\n")[0]!.match(/['"]([^'"]+)['"]/)?.[1];
  return quoted === name || (code === undefined && message.includes(name));
}
