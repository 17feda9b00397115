// Counts what a piece of work costs, whatever the machine and however busy it is. It must be the first module that is
// evaluated: who has taken hold of a function before is not counted.
//
// Counted are calls of node:fs (each of those that the storages use is one system call), requests, bytes that JavaScript copies
// from buffer to buffer, and buffers that it makes. What Node and the system do underneath (a chunk that a socket has received, the
// page cache) is not seen.
import { subscribe } from "node:diagnostics_channel";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/** What a piece of work cost. */
export interface Cost {
  /** Functions of node:fs, in the order of their calls. */
  readonly calls: readonly string[];
  /** Methods and paths of requests, in order. */
  readonly requests: readonly string[];
  /** Bytes copied. */
  readonly copied: number;
  /** Buffers made, and bytes in them. */
  readonly buffers: number;
  readonly allocated: number;
}

const none = { copied: 0, buffers: 0, allocated: 0 };
let bytes = { ...none };
let calls: string[] = [];
let requests: string[] = [];

/**
 * What `work` costs, with what it leaves for the next turns of the event loop. Meanwhile performance.now() stands still, so
 * that nothing adapts to how fast this machine is, or how busy.
 */
export async function costOf(work: () => unknown): Promise<Cost> {
  await settle();
  [bytes, calls, requests] = [{ ...none }, [], []];
  const started = performance.now();
  performance.now = () => started;
  try {
    await work();
    await settle();
  } finally {
    Reflect.deleteProperty(performance, "now"); // The class's own is there again.
  }
  return { calls: [...calls], requests: [...requests], ...bytes };
}

/** Lets what has been put off come to pass: a file that is closed, a connection that is given back. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}

type AnyFunction = (this: unknown, ...args: never[]) => unknown;

/** Puts `around` in the place of a method; what else is known of the method is kept. */
function wrap(owner: object, name: string, around: (original: AnyFunction) => AnyFunction): void {
  const original = (owner as Record<string, AnyFunction>)[name]!;
  const wrapper = around(original);
  Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original));
  Object.defineProperty(owner, name, { value: wrapper, writable: true, configurable: true });
}

const before =
  (note: (self: never, args: unknown[]) => void) =>
  (original: AnyFunction): AnyFunction =>
    function (...args) {
      note(this as never, args);
      return original.apply(this, args);
    };
const after =
  (note: (made: never, args: unknown[]) => void) =>
  (original: AnyFunction): AnyFunction =>
    function (...args) {
      const made = original.apply(this, args);
      note(made as never, args);
      return made;
    };

// Functions, not classes; and none that only opens a stream or watches.
const isCall = (name: string): boolean => /^[a-z]/.test(name) && !/^(create|watch|unwatch|openAsBlob)/.test(name);
for (const [prefix, owner] of [
  ["", fs],
  ["promises.", fs.promises],
] as const) {
  for (const [name, value] of Object.entries(owner) as [string, unknown][]) {
    if (typeof value === "function" && isCall(name))
      wrap(
        owner,
        name,
        before(() => void calls.push(prefix + name)),
      );
  }
}
const handle = await fs.promises.open(process.execPath);
const handlePrototype = Object.getPrototypeOf(handle) as object;
await handle.close();
for (const name of Object.getOwnPropertyNames(handlePrototype)) {
  const { value } = Object.getOwnPropertyDescriptor(handlePrototype, name)!;
  if (typeof value === "function" && name !== "constructor" && isCall(name)) {
    wrap(
      handlePrototype,
      name,
      before(() => void calls.push(`handle.${name}`)),
    );
  }
}
syncBuiltinESMExports();

interface ClientRequest {
  readonly method: string;
  readonly path: string;
}
subscribe("http.client.request.start", (message) => {
  const { method, path } = (message as { readonly request: ClientRequest }).request;
  requests.push(`${method} ${path}`);
});
subscribe("undici:request:create", (message) => {
  const { method, path } = (message as { readonly request: ClientRequest }).request;
  requests.push(`${method} ${path}`);
});

const copied = (length: number): void => void (bytes.copied += length);
const allocated = (length: number): void => {
  bytes.buffers++;
  bytes.allocated += length;
};
const isBytes = (value: unknown): value is ArrayBufferView | ArrayBuffer =>
  ArrayBuffer.isView(value) || value instanceof ArrayBuffer;

// What Buffer makes by these it does not make by the constructors below.
for (const name of ["alloc", "allocUnsafe", "allocUnsafeSlow"]) {
  wrap(
    Buffer,
    name,
    after((made: Buffer) => allocated(made.byteLength)),
  );
}
wrap(
  Buffer,
  "from",
  after((made: Buffer, [source]: unknown[]) => {
    if (source instanceof ArrayBuffer || source instanceof SharedArrayBuffer) return; // A view.
    allocated(made.byteLength);
    copied(made.byteLength);
  }),
);
wrap(
  Buffer,
  "concat",
  after((made: Buffer) => {
    allocated(made.byteLength);
    copied(made.byteLength);
  }),
);
wrap(
  Buffer.prototype,
  "copy",
  after((count: number) => copied(count)),
);
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
wrap(
  typedArray,
  "set",
  before((_, [source]: unknown[]) => {
    if (isBytes(source)) copied(source.byteLength);
  }),
);
for (const owner of [typedArray, ArrayBuffer.prototype]) {
  wrap(
    owner,
    "slice",
    after((made: ArrayBuffer) => {
      allocated(made.byteLength);
      copied(made.byteLength);
    }),
  );
}
for (const name of ["Uint8Array", "ArrayBuffer"] as const) {
  const proxy = new Proxy(globalThis[name], {
    construct(target, args: unknown[], newTarget) {
      const made = Reflect.construct(target, args, newTarget) as Uint8Array;
      const [source] = args;
      if (source instanceof ArrayBuffer || source instanceof SharedArrayBuffer) return made; // A view.
      allocated(made.byteLength);
      if (isBytes(source)) copied(source.byteLength);
      return made;
    },
  });
  Object.defineProperty(globalThis, name, { value: proxy, writable: true, configurable: true });
}
