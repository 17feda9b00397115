import { check, equal, equalBytes, fail, show } from "../assert.ts";
import { randomBytes } from "../random.ts";
import type { StorageCase } from "./case.ts";
import { expectNothing, expectObject, read } from "./objects.ts";

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Which place a storage is, and opening and closing it. */
export const place: readonly StorageCase[] = [
  {
    name: "place: type is a name, url is a URL without credentials, both stay the same",
    async run({ storage, key }) {
      const { type, url } = storage;
      check(SLUG.test(type), `type is ${show(type)}; expected lower-case letters, digits and single -`);
      let parsed: URL;
      try {
        parsed = new URL(url);
      } catch {
        fail(`url is ${show(url)}, which is no URL`);
      }
      check(parsed.username === "" && parsed.password === "", `url ${show(url)} holds credentials`);
      for (const name of parsed.searchParams.keys()) {
        check(!/secret|password|token|signature|credential|^sig$|accesskey/i.test(name), `url has a parameter ${name}`);
      }
      await storage.put(key("object"), []);
      equal(storage.type, type, "type after a put");
      equal(storage.url, url, "url after a put");
    },
  },
  {
    name: "place: opened twice, equal URLs are the same place, other URLs are not",
    async run(context) {
      const { storage, key } = context;
      const second = await context.open();
      const bytes = randomBytes(100);
      equal(second.type, storage.type, "type of the second");
      await storage.put(key("object"), bytes);
      if (second.url === storage.url) {
        await expectObject(second, key("object"), bytes, "by a second storage of the same URL");
        await second.put(key("object"), randomBytes(50));
        await expectObject(storage, key("object"), randomBytes(50), "put by a second storage of the same URL");
        await second.delete(key("object"));
        await expectNothing(context, key("object"), "deleted by a second storage of the same URL");
      } else {
        const there = await second.stat(key("object"));
        check(there === undefined, `${show(storage.url)} and ${show(second.url)} are the same place with two URLs`);
      }
    },
  },
  {
    name: "place: what was put is there after the storage was closed and opened again",
    needs: ["persistent"],
    async run(context) {
      const bytes = randomBytes(1000);
      const first = await context.open();
      equal(first.url, context.storage.url, "url of a persistent storage: open must open the same place each time");
      const put = await first.put(context.key("object"), bytes);
      await first.close();
      const again = await context.open();
      await expectObject(again, context.key("object"), bytes, "after close and open");
      equal((await again.stat(context.key("object")))?.version, put.version, "version after close and open");
    },
  },
  {
    name: "place: close twice does nothing more, used or not",
    async run(context) {
      const unused = await context.open();
      await unused.close();
      await unused.close();
      const used = await context.open();
      await used.stat(context.key("never"));
      await used.close();
      await used[Symbol.asyncDispose]();
    },
  },
  {
    name: "place: closing one storage leaves another of the same place open",
    async run(context) {
      const { storage, key } = context;
      const bytes = randomBytes(100);
      await storage.put(key("object"), bytes);
      const second = await context.open();
      await second.stat(key("object"));
      await second.close();
      equalBytes(await read(storage, key("object")), bytes, "bytes after another storage was closed");
    },
  },
];
