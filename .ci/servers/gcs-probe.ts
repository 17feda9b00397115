import { randomUUID } from "node:crypto";
import type { Observations } from "./likeness.ts";

/** Where the probe sends its requests. */
export interface ProbedServer {
  readonly endpoint: string;
  readonly bucket: string;
}

interface Options {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks a server for what the driver and its tests count on: the same requests, in the same order, on any server. */
export async function probe(server: ProbedServer): Promise<Observations> {
  const seen: Record<string, string> = {};
  const session = new Session(server, seen);
  await inserts(session);
  await reads(session);
  await listings(session);
  await uploads(session);
  await deletes(session);
  return seen;
}

/** Sends requests under a prefix of its own, and notes the answers without what differs from run to run. */
class Session {
  readonly prefix: string = `probe-${randomUUID()}/`;
  readonly #server: ProbedServer;
  readonly #seen: Record<string, string>;

  constructor(server: ProbedServer, seen: Record<string, string>) {
    this.#server = server;
    this.#seen = seen;
  }

  /** A path of the JSON API: of an object, or of the listing. */
  path(key: string | undefined, bucket: string = this.#server.bucket): string {
    const object = key === undefined ? "" : `/${encodeURIComponent(this.prefix + key)}`;
    return `/storage/v1/b/${bucket}/o${object}`;
  }

  async send(method: string, path: string, { query = {}, headers = {}, body }: Options = {}): Promise<Answer> {
    const parameters = new URLSearchParams(query).toString();
    const joined = parameters === "" ? "" : `${path.includes("?") ? "&" : "?"}${parameters}`;
    const response = await fetch(`${this.#server.endpoint}${path}${joined}`, {
      method,
      headers: { "accept-encoding": "identity", ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  }

  /** Puts a small object. */
  async insert(key: string, body: string, query: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return await this.send("POST", `/upload${this.path(undefined)}`, {
      query: { uploadType: "media", name: this.prefix + key, ...query },
      headers: { "content-type": "text/plain" },
      body,
    });
  }

  /** Notes the status, the reason of an error, and what `more` makes of the answer. */
  note(name: string, answer: Answer, more: (answer: Answer) => string = () => ""): Answer {
    const { error } = answer.json as { error?: { errors?: readonly { reason?: string }[] } };
    const reason = error?.errors?.[0]?.reason ?? "";
    this.say(name, [`${answer.status}`, reason, more(answer)].filter((part) => part !== "").join(" "));
    return answer;
  }

  say(name: string, text: string): void {
    if (Object.hasOwn(this.#seen, name)) throw new Error(`The probe has ${name} twice.`);
    const plain = text.replaceAll(this.prefix, "").replaceAll(encodeURIComponent(this.prefix), "");
    this.#seen[name] = plain.replaceAll("\n", " ").trim();
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(text) ?? {}) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

const described = ({ status, json }: Answer): string => {
  if (status !== 200) return "";
  const { name, size, contentType, metadata, generation, crc32c, updated } = json;
  const form = `${typeof generation === "string" && /^\d+$/.test(generation)} ${!Number.isNaN(Date.parse(String(updated)))}`;
  return [name, size, contentType, JSON.stringify(metadata) ?? "none", crc32c, form].join(" ");
};
const headersOf =
  (...names: readonly string[]) =>
  ({ headers }: Answer): string =>
    names.map((name) => `${name}: ${headers.get(name) ?? "none"}`).join(", ");

async function inserts(s: Session): Promise<void> {
  s.note("insert, media", await s.insert("a", "first"), described);
  const boundary = "the-boundary";
  const parts = (metadata: object, body: string): Options => ({
    query: { uploadType: "multipart" },
    headers: { "content-type": `multipart/related; boundary=${boundary}` },
    body: [
      `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadata)}`,
      `--${boundary}\r\nContent-Type: text/plain\r\n\r\n${body}`,
      `--${boundary}--`,
    ].join("\r\n"),
  });
  const upload = `/upload${s.path(undefined)}`;
  const metadata = { name: `${s.prefix}b/ü`, contentType: "text/html", metadata: { id: "one" } };
  s.note("insert, multipart", await s.send("POST", upload, parts(metadata, "two\r\n--x")), described);
  s.note("insert, multipart, empty", await s.send("POST", upload, parts({ name: `${s.prefix}empty` }, "")), described);
  const wrong = { name: `${s.prefix}wrong`, crc32c: "AAAAAA==" };
  s.note("insert, wrong crc32c", await s.send("POST", upload, parts(wrong, "two")));
  s.note("insert, ifGenerationMatch=0, on nothing", await s.insert("c", "c", { ifGenerationMatch: "0" }));
  s.note("insert, ifGenerationMatch=0, on an object", await s.insert("c", "d", { ifGenerationMatch: "0" }));
  const there = await s.send("GET", s.path("c"));
  const ifGenerationMatch = String(there.json.generation);
  s.note("insert, ifGenerationMatch, its generation", await s.insert("c", "e", { ifGenerationMatch }));
  s.note("insert, ifGenerationMatch, an earlier one", await s.insert("c", "f", { ifGenerationMatch }));
  s.note("insert, ifGenerationMatch, on nothing", await s.insert("none", "f", { ifGenerationMatch }));
  s.note("insert, ifGenerationMatch, no number", await s.insert("c", "f", { ifGenerationMatch: "x" }));
  s.note("get after the inserts", await s.send("GET", s.path("c"), { query: { alt: "media" } }), ({ text }) => text);
  s.note("insert, a name of 1,024 bytes", await s.insert("x".repeat(1024 - s.prefix.length), "x"));
  s.note("insert, a name of 1,025 bytes", await s.insert("x".repeat(1025 - s.prefix.length), "x"));
  s.note("insert, no name", await s.send("POST", upload, { query: { uploadType: "media" }, body: "x" }));
  const missing = `/upload${s.path(undefined, "no-such-bucket")}`;
  s.note(
    "insert, no such bucket",
    await s.send("POST", missing, { query: { uploadType: "media", name: "a" }, body: "x" }),
  );
}

async function reads(s: Session): Promise<void> {
  await s.insert("typed", "0123456789");
  const media = { query: { alt: "media" } };
  const shown = headersOf(
    "content-length",
    "content-type",
    "x-goog-stored-content-length",
    "x-goog-stored-content-encoding",
    "accept-ranges",
  );
  const whole = await s.send("GET", s.path("typed"), media);
  s.note("download", whole, (answer) => `${answer.text} ${shown(answer)}`);
  s.say("download, generation", String(/^\d+$/.test(whole.headers.get("x-goog-generation") ?? "")));
  s.say("download, x-goog-hash", String(whole.headers.get("x-goog-hash")?.includes("crc32c=")));
  const modified = whole.headers.get("last-modified") ?? "none";
  s.say("download, form of Last-Modified", modified.replace(/\d/g, "9").replace(/[A-Z][a-z]{2}/g, "Abc"));
  s.note("get", await s.send("GET", s.path("typed")), described);
  s.note("get, fields", await s.send("GET", s.path("typed"), { query: { fields: "name,size" } }), ({ json }) =>
    Object.keys(json).sort().join(),
  );
  for (const range of ["0-0", "5-", "5-100", "9-9", "10-", "10-20"]) {
    const answer = await s.send("GET", s.path("typed"), { ...media, headers: { range: `bytes=${range}` } });
    s.note(`download, bytes=${range} of 10 bytes`, answer, (each) =>
      [headersOf("content-range")(each), /^\d+$/.test(each.text) ? each.text : ""].join(" ").trim(),
    );
  }
  const empty = await s.send("GET", s.path("empty"), { ...media, headers: { range: "bytes=0-0" } });
  s.note("download, bytes=0-0 of no bytes", empty);
  const { generation } = (await s.send("GET", s.path("typed"))).json;
  for (const [name, value] of [
    ["its own", String(generation)],
    ["another", "1"],
  ] as const) {
    const query = { alt: "media", generation: value };
    s.note(`download, generation, ${name}`, await s.send("GET", s.path("typed"), { query }));
  }
  s.note("download, no such object", await s.send("GET", s.path("none"), media), ({ text }) => text.slice(0, 14));
  s.note("get, no such object", await s.send("GET", s.path("none")), messageOf);
  s.note("get, no such bucket", await s.send("GET", s.path("none", "no-such-bucket")), messageOf);
  s.note("download, no such bucket", await s.send("GET", s.path("none", "no-such-bucket"), media));
}

const messageOf = ({ json }: Answer): string => {
  const { message = "" } = (json.error ?? {}) as { message?: string };
  return message.slice(0, 14);
};

async function listings(s: Session): Promise<void> {
  const keys = ["l/b", "l/a/c", "l/a", "l/a b", "l/\u{10000}", "l/\uffee", "l/Z"];
  for (const key of keys) await s.insert(key, key);
  const list = async (query: Readonly<Record<string, string>>): Promise<Answer> =>
    await s.send("GET", s.path(undefined), { query: { prefix: `${s.prefix}l/`, ...query } });
  const names = ({ json }: Answer): string => {
    const items = (json.items ?? []) as readonly { name: string }[];
    return [json.kind, ...items.map(({ name }) => name), json.nextPageToken === undefined ? "last" : "more"].join(
      " | ",
    );
  };
  s.note("list", await list({}), names);
  const page = s.note("list, maxResults=3", await list({ maxResults: "3" }), names);
  const pageToken = String(page.json.nextPageToken);
  s.note("list, pageToken", await list({ maxResults: "3", pageToken }), names);
  s.note("list, startOffset, a key", await list({ startOffset: `${s.prefix}l/a b` }), names);
  s.note("list, startOffset, between keys", await list({ startOffset: `${s.prefix}l/aa` }), names);
  const more = { startOffset: `${s.prefix}l/a`, maxResults: "2" };
  const second = s.note("list, startOffset and maxResults", await list(more), names);
  const rest = { ...more, pageToken: String(second.json.nextPageToken) };
  s.note("list, startOffset and pageToken", await list(rest), names);
  s.note("list, nothing", await list({ prefix: `${s.prefix}nothing/` }), names);
  s.note("list, no such bucket", await s.send("GET", s.path(undefined, "no-such-bucket")), messageOf);
}

async function uploads(s: Session): Promise<void> {
  const KIB256 = 256 * 1024;
  const chunk = "x".repeat(KIB256);
  const start = async (key: string, query: Readonly<Record<string, string>> = {}): Promise<Answer> =>
    await s.send("POST", `/upload${s.path(undefined)}`, {
      query: { uploadType: "resumable", ...query },
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: s.prefix + key, metadata: { id: "two" } }),
    });
  const addressOf = ({ headers }: Answer): string => {
    const { pathname, search } = new URL(headers.get("location") ?? "/none", "http://host");
    return pathname + search;
  };
  const put = async (address: string, range: string, body: string): Promise<Answer> =>
    await s.send("PUT", address, {
      headers: { "content-range": range, "content-type": "application/octet-stream" },
      body,
    });
  const kept = headersOf("range");

  const address = addressOf(s.note("upload, start", await start("u")));
  s.note("upload, status of nothing", await put(addressOf(await start("asked")), "bytes */*", ""), kept);
  s.note("upload, chunk", await put(address, `bytes 0-${KIB256 - 1}/*`, chunk), kept);
  const asked = addressOf(await start("asked/2"));
  await put(asked, `bytes 0-${KIB256 - 1}/*`, chunk);
  s.note("upload, status", await put(asked, "bytes */*", ""), kept);
  s.note("upload, not yet listed", await s.send("GET", s.path("u")));
  const end = `bytes ${KIB256}-${KIB256 + 2}/${KIB256 + 3}`;
  s.note("upload, last chunk", await put(address, end, "end"), described);
  s.note("upload, status when it is complete", await put(address, `bytes */${KIB256 + 3}`, ""), described);

  const even = addressOf(await start("even"));
  await put(even, `bytes 0-${KIB256 - 1}/*`, chunk);
  s.note("upload, finished with no bytes", await put(even, `bytes */${KIB256}`, ""), described);
  s.note("upload, empty", await put(addressOf(await start("nothing")), "bytes */0", ""), described);
  s.note("upload, in one chunk", await put(addressOf(await start("one")), "bytes 0-2/3", "one"), described);

  const cancelled = addressOf(await start("cancelled"));
  s.note("upload, cancel", await s.send("DELETE", cancelled));
  s.note("upload, chunk after cancel", await put(cancelled, "bytes 0-2/3", "one"));
  s.note("upload, get after cancel", await s.send("GET", s.path("cancelled")));

  s.note("upload, start, ifGenerationMatch=0, on an object", await start("one", { ifGenerationMatch: "0" }));
  const late = addressOf(s.note("upload, start, ifGenerationMatch=0", await start("late", { ifGenerationMatch: "0" })));
  await s.insert("late", "theirs");
  s.note("upload, finish, ifGenerationMatch=0, taken meanwhile", await put(late, "bytes 0-2/3", "one"));
  s.note(
    "upload, get after that",
    await s.send("GET", s.path("late"), { query: { alt: "media" } }),
    ({ text }) => text,
  );
}

async function deletes(s: Session): Promise<void> {
  await s.insert("d", "d");
  s.note(
    "delete, ifGenerationMatch, another",
    await s.send("DELETE", s.path("d"), { query: { ifGenerationMatch: "1" } }),
  );
  await s.insert("d", "d");
  const { generation } = (await s.send("GET", s.path("d"))).json;
  const query = { ifGenerationMatch: String(generation) };
  s.note("delete, ifGenerationMatch, its own", await s.send("DELETE", s.path("d"), { query }));
  s.note("delete, ifGenerationMatch, of nothing", await s.send("DELETE", s.path("d"), { query }));
  await s.insert("d", "d");
  s.note("delete", await s.send("DELETE", s.path("d")));
  s.note("delete again", await s.send("DELETE", s.path("d")));
  s.note("delete, no such bucket", await s.send("DELETE", s.path("d", "no-such-bucket")), messageOf);
}
