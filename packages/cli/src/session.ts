import { pathToFileURL } from "node:url";
import { openStorage, ResultStore, type Serializer, type Storage } from "@coatcheck/core";
import { loadSettings } from "@coatcheck/core/settings";
import { printable } from "@coatcheck/core/tools";
import { errorJson, errorText } from "./exit.ts";
import { Output } from "./output.ts";
import { Progress } from "./progress.ts";

/** A storage as commands use it. */
export interface OpenedStorage {
  /** The slug or URL it was opened by. */
  readonly name: string;
  readonly storage: Storage;
  /** Its results. Values are read with the serializer that wrote them; only bytes can be written. */
  readonly store: ResultStore;
}

// Values are never serialized here: commands write bytes, which need no serializer, and read by what a header names.
const NO_SERIALIZER: Serializer = {
  type: "none",
  serialize: () => {
    throw new TypeError("The command line writes bytes only.");
  },
  deserialize: () => {
    throw new TypeError("Nothing is written with this serializer.");
  },
};

/** What a command has while it runs. */
export class Session {
  /** Whether output is JSON. */
  readonly json: boolean;
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
  readonly out: Output = new Output();
  readonly #opened: { readonly name: string; readonly storage: Storage }[] = [];

  constructor(json: boolean, signal: AbortSignal) {
    this.json = json;
    this.signal = signal;
  }

  /** Opens a storage by slug, by URL, or as `default`: the one that the settings name. */
  async open(named: string): Promise<OpenedStorage> {
    const name = named === "default" ? await defaultStorage() : named;
    const storage = await openStorage(name);
    this.#opened.push({ name, storage });
    return { name, storage, store: new ResultStore({ storage: name, serializer: NO_SERIALIZER }) };
  }

  /** Says something beside the output, to people: on standard error. */
  note(text: string): void {
    process.stderr.write(`${printable(text)}\n`);
  }

  /** Reports an error, and goes on. */
  report(error: unknown): void {
    const slug = this.#slugOf(error);
    const at = slug === undefined ? {} : { block: slug };
    if (this.json) process.stderr.write(`${printable(JSON.stringify({ error: { ...errorJson(error), ...at } }))}\n`);
    else process.stderr.write(`coatcheck: ${slug === undefined ? "" : `${slug}: `}${errorText(error)}\n`);
  }

  /** Shows how far a long piece of work has come, on a terminal, while `work` runs. */
  async progress<T>(verb: string, work: (progress: Progress) => Promise<T>): Promise<T> {
    const progress = new Progress(verb);
    try {
      return await work(progress);
    } finally {
      progress.end();
    }
  }

  /** Lets go of everything that was opened. */
  async close(): Promise<void> {
    await this.out.flush();
    await Promise.all(this.#opened.map(({ storage }) => storage.close()));
  }

  // A storage calls itself by its URL; whoever named it by a slug is told that too.
  #slugOf(error: unknown): string | undefined {
    const { storage: url } = error as { readonly storage?: string };
    return this.#opened.find(({ name, storage }) => storage.url === url && !name.includes(":"))?.name;
  }
}

async function defaultStorage(): Promise<string> {
  const { defaultStorage: named, localStoragePath } = (await loadSettings()).values;
  return named ?? pathToFileURL(localStoragePath).href;
}
