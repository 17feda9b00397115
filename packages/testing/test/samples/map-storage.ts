import {
  compareKeys,
  type DeleteOptions,
  type DriverBody,
  type DriverPutOptions,
  type GetOptions,
  type ListOptions,
  type ListPage,
  type ObjectInfo,
  Storage,
  StorageError,
  type StorageCapabilities,
  type StorageDriver,
  type StreamedObject,
  type When,
} from "@coatcheck/core";

interface Entry {
  readonly info: ObjectInfo;
  readonly bytes: Uint8Array;
}

/** Equal URLs mean the same place. */
const places = new Map<string, Map<string, Entry>>();

export class MapDriver implements StorageDriver {
  readonly type: string = "map";
  readonly url: string;
  readonly capabilities: StorageCapabilities = Object.freeze({
    create: true,
    replace: true,
    remove: true,
    ranges: true,
    unknownLength: true,
    contentType: true,
    sign: false,
    persistent: false,
  });
  protected readonly entries: Map<string, Entry>;
  #version = 0;

  constructor(name: string) {
    this.url = `map:${encodeURIComponent(name)}`;
    this.entries = places.get(this.url) ?? new Map<string, Entry>();
    places.set(this.url, this.entries);
  }

  async get(key: string, { range, signal }: GetOptions): Promise<StreamedObject | undefined> {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    const part = entry.bytes.subarray(range?.start, range?.end);
    async function* body(): AsyncGenerator<Uint8Array, void, void> {
      for (let offset = 0; offset < part.byteLength; offset += 65_536) {
        signal?.throwIfAborted();
        yield part.slice(offset, offset + 65_536);
      }
    }
    return { info: entry.info, body: body(), cancel: async () => {} };
  }

  async put(key: string, body: DriverBody, { when, contentType, signal }: DriverPutOptions): Promise<ObjectInfo> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk.slice());
    signal?.throwIfAborted();
    const bytes = join(chunks);
    // From here on nothing is awaited: nobody can come between the check and the write.
    this.check(key, when);
    const version = `${Date.now()}-${this.#version++}-${Math.random()}`;
    const info = { key, size: bytes.byteLength, version, modifiedAt: new Date(), contentType };
    this.entries.set(key, { info, bytes });
    return info;
  }

  async stat(key: string): Promise<ObjectInfo | undefined> {
    return this.entries.get(key)?.info;
  }

  async list({ prefix = "", cursor, limit }: ListOptions & { readonly limit: number }): Promise<ListPage> {
    const rest = [...this.entries.keys()]
      .filter((key) => key.startsWith(prefix) && (cursor === undefined || compareKeys(key, cursor) > 0))
      .sort(compareKeys);
    const objects = rest.slice(0, limit).map((key) => this.entries.get(key)!.info);
    return rest.length > limit ? { objects, cursor: rest[limit - 1]! } : { objects };
  }

  async delete(key: string, { when }: DeleteOptions): Promise<void> {
    if (when !== undefined) this.check(key, when);
    this.entries.delete(key);
  }

  protected check(key: string, when: When): void {
    const there = this.entries.get(key);
    if (when === "absent" && there !== undefined) {
      throw new StorageError({ code: "AlreadyExists", detail: "there is an object already; it was left as it is." });
    }
    if (typeof when === "object" && when.version !== there?.info.version) {
      throw new StorageError({ code: "Conflict", detail: "it is not the version that was read. Read it again." });
    }
  }
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

export function map(name: string, options: { readonly prefix?: string } = {}): Storage {
  return new Storage(new MapDriver(name), options);
}
