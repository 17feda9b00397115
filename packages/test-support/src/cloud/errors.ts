import { createServer, type Server } from "node:net";
import { inspect } from "node:util";
import { afterEach, describe, expect, test } from "@jest/globals";
import { type Storage, StorageError, type StorageErrorCode } from "@coatcheck/core";
import type { ErrorAnswer } from "@coatcheck/test-servers";
import { bytesOf, expectBytes, failure, KIB, read, streamOf, text, TWICE } from "./bytes.ts";
import type { Cloud } from "./cloud.ts";

/** Every operation, on one key. */
export function everything(at: Cloud, storage: Storage): Record<string, () => Promise<unknown>> {
  return {
    get: () => read(storage, "key"),
    stat: () => storage.stat("key"),
    list: () => storage.list(),
    put: () => storage.put("key", text("value")),
    create: () => storage.put("key", text("value"), { when: "absent" }),
    large: () => storage.put("key", bytesOf(200 * KIB)),
    stream: () => storage.put("key", streamOf(bytesOf(200 * KIB))),
    delete: () => storage.delete("key"),
    "delete a version": () => storage.delete("key", { when: { version: at.otherVersion } }),
    deleteMany: async () => {
      await storage.deleteMany(["key"]).catch((error: unknown) => {
        throw error instanceof AggregateError ? (error.errors[0] as Error) : error;
      });
    },
  };
}

/** What each operation rejects with; each must be a StorageError that names the place and, but for a list, the key. */
export async function failures(
  at: Cloud,
  storage: Storage,
  leaveOut: readonly string[] = [],
): Promise<Record<string, StorageError>> {
  const errors: Record<string, StorageError> = {};
  for (const [name, run] of Object.entries(everything(at, storage))) {
    if (leaveOut.includes(name)) continue;
    const error = await run().then(
      () => new Error(`${name} did not fail`),
      (reason: unknown) => reason,
    );
    if (!(error instanceof StorageError)) throw error;
    expect(error.message).toContain(`in ${storage.url}: `);
    if (name !== "list") expect(error.message).toContain('"key"');
    errors[name] = error;
  }
  return errors;
}

/** Each has this code and detail; one that has not is named. */
export function expectAll(errors: Record<string, StorageError>, code: StorageErrorCode, detail: RegExp): void {
  for (const [name, error] of Object.entries(errors)) {
    expect([name, error.code, detail.test(error.detail) ? "" : error.detail]).toEqual([name, code, ""]);
  }
}

/** None of these strings, nor what matches, stands in an error of any operation, whatever of it is looked at. */
export async function expectNoSecret(
  at: Cloud,
  storage: Storage,
  secrets: readonly string[],
  pattern: RegExp,
): Promise<void> {
  for (const error of Object.values(await failures(at, storage))) {
    const looks = [inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), error.stack, String(error)];
    const shown = looks.join();
    for (const secret of secrets) expect(shown).not.toContain(secret);
    expect(shown).not.toMatch(pattern);
  }
}

const raw: Server[] = [];

/** A storage whose service answers every request with these bytes, and ends the connection. */
export async function answering(at: Cloud, answer: string): Promise<Storage> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(answer));
  });
  raw.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return at.openLimited({ policy: TWICE }, { endpoint: at.endpointOf(`http://127.0.0.1:${port}`) });
}

/** What differs from cloud to cloud. */
export interface ErrorOptions {
  /** Operations whose answer cannot say that the service asks for fewer requests. */
  readonly mute?: readonly string[];
  /** Answers that the service failed, beside `errors.failed`. */
  readonly failed?: readonly ErrorAnswer[];
  /** The header that has the version of an object, with one. */
  readonly version: string;
}

/** What goes wrong between here and the service, and on its side. */
export function errorTests(at: Cloud, { mute = [], failed = [], version }: ErrorOptions): void {
  // Of the tests that follow in the same file too.
  afterEach(() => raw.splice(0).forEach((server) => server.close()));

  describe(`${at.name}: an error`, () => {
    test("of a place that is not there", async () => {
      const detail = /there is no (bucket|container) "test-missing".*\. Create it, or correct the name/;
      expectAll(await failures(at, at.openLimited({}, at.missing)), "Misconfigured", detail);
    });

    test("of an endpoint that refuses the connection, and of one that nobody knows", async () => {
      const refusing = at.endpointOf("http://127.0.0.1:1");
      const errors = await failures(at, at.openLimited({ policy: TWICE }, { endpoint: refusing }));
      for (const [name, { code, detail, retryable, ambiguous }] of Object.entries(errors)) {
        // Nothing was sent, so nothing can have been written.
        expect([name, code, retryable, ambiguous]).toEqual([name, "Unavailable", true, false]);
        expect(detail).toContain(`${refusing} cannot be reached (ECONNREFUSED)`);
      }
      const nowhere = at.openLimited({ policy: TWICE }, { endpoint: at.endpointOf("http://nowhere.invalid") });
      expect((await failure(nowhere.stat("key"), "Unavailable")).detail).toMatch(/cannot be reached/);
    });

    test("of a server that answers with a web page, or with noise", async () => {
      for (const action of ["garbage", "noise"] as const) {
        at.server.inject({ at: "request", times: 1000, action });
        expectAll(await failures(at, at.openLimited({ policy: TWICE })), "Unavailable", /./);
        at.server.reset();
      }
    });

    test("of a proxy that knows of no service, or answers with a page, says nothing of what is there", async () => {
      const page = (status: string, type: string, body: string, headers = ""): string =>
        `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\n${headers}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
      const asObject = 'ETag: "1"\r\nLast-Modified: Fri, 20 Nov 2026 10:00:00 GMT\r\n';
      for (const answer of [
        page("404 Not Found", "text/html", "<html><h1>404 Not Found</h1></html>"),
        page("404 Not Found", "text/plain", "404 page not found\n"),
        page("404 Not Found", "text/plain", "default backend - 404"),
        page("200 OK", "text/html; charset=utf-8", "<html>Sign in to this network</html>", asObject),
      ]) {
        expectAll(await failures(at, await answering(at, answer)), "Unavailable", /Look at the endpoint/);
      }
      const tooLarge = page("413 Request Entity Too Large", "text/html", "<html>413</html>");
      const error = await failure((await answering(at, tooLarge)).put("key", text("value")), "TooLarge");
      expect([error.retryable, error.ambiguous]).toEqual([false, false]);
    });

    test("of a service that keeps asking for fewer requests, or keeps failing", async () => {
      at.server.inject({ at: "request", times: 1000, action: at.errors.busy });
      const errors = await failures(at, at.openLimited(), mute);
      expectAll(errors, "RateLimited", /asks for fewer requests\. Try again later/);
      for (const error of Object.values(errors)) expect([error.retryable, error.ambiguous]).toEqual([true, false]);
      for (const action of [at.errors.failed, ...failed]) {
        at.server.reset();
        at.server.inject({ at: "request", times: 1000, action });
        expectAll(await failures(at, at.openLimited()), "Unavailable", /the service failed/);
      }
    });

    test("is put off by Retry-After, which is waited for, and not where that would go past the budget", async () => {
      const busy = (after: string): ErrorAnswer => ({ ...at.errors.busy, headers: { "retry-after": after } });
      at.server.inject({ at: "request", action: busy("1") });
      const started = performance.now();
      await at.openLimited().put("key", text("value"));
      expect(performance.now() - started).toBeGreaterThan(990);
      at.server.inject({ at: "request", action: busy("3600") });
      await failure(at.openLimited().put("key", text("value")), "RateLimited");
    });

    test("of an answer that lacks what every answer of the service has", async () => {
      const head = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
      const dated = `${head}Last-Modified: Fri, 20 Nov 2026 10:00:00 GMT\r\n`;
      for (const answer of [
        `${head}Content-Length: 2\r\n\r\nab`,
        `${dated}Content-Length: 2\r\n\r\nab`,
        `${dated}${version}\r\n\r\nab`,
      ]) {
        await failure((await answering(at, answer)).get("key"), "Unavailable");
      }
      const whole = `${dated}${version}\r\nContent-Length: 2\r\n\r\nab`;
      const object = await (await answering(at, whole)).get("key");
      expectBytes(await object!.bytes(), text("ab"));
      // A range was asked for, and all of it came.
      await failure((await answering(at, whole)).get("key", { range: { start: 1 } }), "Unavailable");
    });
  });
}
