import type { IncomingHttpHeaders } from "node:http";
import { afterAll, afterEach, beforeAll, expect } from "@jest/globals";
import { Storage, type StorageDriver } from "@coatcheck/core";
import { type Limits, PART_LIMITS } from "@coatcheck/core/driver";
import type { ErrorAnswer, TestServer } from "@coatcheck/test-servers";
import { KIB, read } from "./bytes.ts";

/** What is the same of one cloud in all its tests, and differs from cloud to cloud. */
export interface CloudFacts {
  /** As the titles of tests have it. */
  readonly name: string;
  /** The type of its storages. */
  readonly type: string;
  /** The operations of its server. A large put sends `part`, often, and is decided by `commit`. */
  readonly on: Readonly<Record<"get" | "stat" | "list" | "put" | "part" | "commit" | "delete" | "deleteMany", string>>;
  /** Answers that the service failed, that it asks for fewer requests, and that something is not allowed. */
  readonly errors: Readonly<Record<"failed" | "busy" | "denied", ErrorAnswer>>;
  /** Options of a place that is not there. */
  readonly missing: object;
  /** A version that no object has. */
  readonly otherVersion: string;
  /** Milliseconds without a byte after which the tests of stalls give up: more than the server takes. */
  readonly idle: number;
  /** The option `endpoint` for the server at this URL. */
  endpointOf(url: string): string;
  /** The version that a request to read asks for; undefined where it takes any. */
  versionAsked(request: { readonly url: string; readonly headers: IncomingHttpHeaders }): string | undefined;
}

/** Limits with which the tests need little time: parts of 64 KiB, waits of milliseconds. */
export const SMALL_LIMITS: Limits = {
  ...PART_LIMITS,
  partSize: 64 * KIB,
  count: 10_000,
  maxSize: 5 * 2 ** 40,
  policy: { attempts: 8, budget: 60_000, firstDelay: 1, maxDelay: 20 },
  idleTimeout: 60_000,
};

/** What every storage of a cloud can be given. */
interface CommonOptions {
  readonly prefix?: string | undefined;
  readonly endpoint?: string | undefined;
}

/** How a cloud is started and opened. */
interface CloudSetup<Server, Options, Limited> extends CloudFacts {
  readonly limits: Limited;
  start(): Promise<Server>;
  /** Options for the place on the server. JSON can hold them, for another process. */
  options(server: Server): Options;
  open(options: Options): Storage;
  driver(options: Options, limits: Limited): StorageDriver;
}

/** A cloud, for the tests of one file. */
export interface Cloud<
  Server extends TestServer<string> = TestServer<string>,
  Options extends CommonOptions = CommonOptions,
  Limited extends Limits = Limits,
> extends CloudFacts {
  readonly server: Server;
  /** What another process opens the place with. */
  readonly options: Options;
  /** A storage as users have it. */
  open(options?: Partial<Options>): Storage;
  /** One with other limits, by default small ones. */
  openLimited(limits?: Partial<Limited>, options?: Partial<Options>): Storage;
}

/** Starts a server for the tests of one file, each of which finds it without faults, and closes what they open. */
export function cloudServer<
  Server extends TestServer<string>,
  Options extends CommonOptions,
  Limited extends Limits = Limits,
>(setup: CloudSetup<Server, Options, Limited>): Cloud<Server, Options, Limited> {
  let server: Server | undefined;
  const opened: Storage[] = [];
  beforeAll(async () => {
    server = await setup.start();
  });
  afterEach(async () => {
    server!.reset();
    server!.clockOffset = 0;
    for (const storage of opened.splice(0)) await storage.close();
  });
  afterAll(() => server!.close());
  const keep = (storage: Storage): Storage => {
    opened.push(storage);
    return storage;
  };
  return {
    ...setup,
    get server() {
      return server!;
    },
    get options() {
      return setup.options(server!);
    },
    open: (given = {}) => keep(setup.open({ ...setup.options(server!), ...given })),
    openLimited: (limits = {}, given = {}) => {
      const options = { ...setup.options(server!), ...given };
      return keep(new Storage(setup.driver(options, { ...setup.limits, ...limits }), { prefix: options.prefix }));
    },
  };
}

/** Nothing is to be seen of what was to be put at `key`, and no part of it is left behind. */
export async function expectNothing(at: Cloud, key: string): Promise<void> {
  const storage = at.openLimited();
  expect(await storage.stat(key)).toBe(undefined);
  expect(await read(storage, key)).toBe(undefined);
  expect((await storage.list({ prefix: key })).objects).toEqual([]);
  expect(at.server.orphans).toEqual([]);
}
