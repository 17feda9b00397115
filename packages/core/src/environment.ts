interface NodeBuiltins {
  zlib: { crc32(data: Uint8Array, value?: number): number };
  crypto: { createHash(algorithm: string): { update(data: Uint8Array): unknown; digest(encoding: "hex"): string } };
  stream: { Readable: { fromWeb(stream: ReadableStream<Uint8Array>): unknown }; isDisturbed(stream: object): boolean };
  events: { setMaxListeners(count: number, target: AbortSignal): void };
  os: {
    homedir(): string;
    hostname(): string;
    networkInterfaces(): Record<string, readonly { readonly internal: boolean; readonly mac: string }[] | undefined>;
  };
  fs: { readFileSync(path: string, encoding: "utf8"): string; readlinkSync(path: string): string };
  path: object;
  url: { pathToFileURL(path: string): { readonly href: string } };
  module: { createRequire(path: string): (name: string) => unknown };
}

/** A built-in module of Node where this runs on Node (or has it), else undefined. Never an import: core runs anywhere. */
export function nodeBuiltin<Name extends keyof NodeBuiltins>(name: Name): Partial<NodeBuiltins[Name]> | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(id: string): unknown } };
  return process?.getBuiltinModule?.(name) as Partial<NodeBuiltins[Name]> | undefined;
}

/** 32 hexadecimal digits that no other call gives: 128 random bits. */
export function randomId(): string {
  return hex(globalThis.crypto.getRandomValues(new Uint8Array(16)));
}

/** Bytes as lower-case hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** State that all copies of the package in this process share: the ESM and the CommonJS one, or two versions. */
export function shared<T>(name: string, create: () => T): T {
  const store = globalThis as unknown as Record<symbol, T | undefined>;
  return (store[Symbol.for(`coatcheck.${name}`)] ??= create());
}
