import { createServer, type Server } from "node:http";
import { type SignOptions, Storage, StorageError } from "@coatcheck/core";
import { MapDriver } from "../samples/map-storage.ts";
import type { BrokenStorage } from "./broken-storage.ts";

interface Signed {
  readonly driver: SigningDriver;
  readonly key: string;
  readonly operation: "get" | "put";
}

const signed = new Map<string, Signed>();
let server: Server | undefined;
let token = 0;

/** The address of a server that does what the signed URLs allow. It keeps no process alive. */
async function address(): Promise<string> {
  server ??= createServer((request, response) => {
    const found = signed.get(new URL(request.url!, "http://localhost").pathname.slice(1));
    void found!.driver.answer(found!, request.method!, request).then(({ status, bytes }) => {
      response.writeHead(status, { connection: "close" }).end(bytes);
    });
  }).unref();
  if (!server.listening) await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  const at = server.address();
  if (at === null || typeof at === "string") throw new Error("the server has no port");
  return `http://127.0.0.1:${at.port}`;
}

/** Signs, and serves what it has signed. */
class SigningDriver extends MapDriver {
  override readonly capabilities = Object.freeze({
    ...new MapDriver("manifest").capabilities,
    sign: true,
  }) as unknown as MapDriver["capabilities"];

  async sign(key: string, { operation }: SignOptions): Promise<string> {
    const name = this.tokenOf(key, operation);
    signed.set(name, { driver: this, key, operation });
    return `${await address()}/${name}`;
  }

  async answer(
    { key, operation }: Signed,
    method: string,
    body: AsyncIterable<Uint8Array>,
  ): Promise<{ status: number; bytes?: Uint8Array }> {
    if (!this.allowed(operation, method)) return { status: 403 };
    if (method === "PUT") {
      await this.put(key, body, { when: "any", writeId: "" });
      return { status: 200 };
    }
    const bytes = this.entries.get(key)?.bytes;
    return bytes === undefined ? { status: 404 } : { status: 200, bytes };
  }

  protected tokenOf(_key: string, _operation: string): string {
    return String(token++);
  }

  protected allowed(operation: "get" | "put", method: string): boolean {
    return operation === (method === "PUT" ? "put" : "get");
  }
}

function signs(driver: new (name: string) => SigningDriver, name: string): () => Storage {
  return () => new Storage(new driver(name));
}

/** Storages that sign wrongly, and one that does not. */
export const signing: readonly BrokenStorage[] = [
  { name: "none, it signs as it should", signs: true, open: signs(SigningDriver, "signs"), fails: [] },
  {
    name: "a signed URL of another key",
    signs: true,
    open: signs(
      class extends SigningDriver {
        override async sign(key: string, options: SignOptions): Promise<string> {
          return await super.sign(encodeURIComponent(key), options);
        }
      },
      "signs another key",
    ),
    fails: [
      "sign: a URL to get gives the object's bytes to whoever has it",
      "sign: a URL to put keeps the bytes; signing itself writes nothing",
    ],
  },
  {
    name: "a signed URL for every operation",
    signs: true,
    open: signs(
      class extends SigningDriver {
        protected override allowed(): boolean {
          return true;
        }
      },
      "signs every operation",
    ),
    fails: ["sign: a URL is good for its own key and operation only"],
  },
  {
    name: "a signed URL for every key",
    signs: true,
    open: signs(
      class extends SigningDriver {
        protected override tokenOf(): string {
          return "one";
        }
      },
      "signs every key",
    ),
    fails: ["sign: a URL is good for its own key and operation only"],
  },
  {
    name: "signing to put that puts an empty object first",
    signs: true,
    open: signs(
      class extends SigningDriver {
        override async sign(key: string, options: SignOptions): Promise<string> {
          if (options.operation === "put") await this.put(key, [], { when: "any", writeId: "" });
          return await super.sign(key, options);
        }
      },
      "signs and puts",
    ),
    fails: ["sign: a URL to put keeps the bytes; signing itself writes nothing"],
  },
  {
    name: "no signing, though the manifest has it",
    signs: true,
    open: signs(
      class extends SigningDriver {
        override async sign(): Promise<string> {
          throw new StorageError({ code: "NotSupported", detail: "no." });
        }
      },
      "does not sign",
    ),
    fails: [
      "sign: a URL to get gives the object's bytes to whoever has it",
      "sign: a URL to put keeps the bytes; signing itself writes nothing",
      "sign: a URL is good for its own key and operation only",
    ],
  },
];
