import { check, equal, equalBytes, show } from "../assert.ts";
import { randomBytes } from "../random.ts";
import type { StorageCase } from "./case.ts";
import { expectListed, expectObject } from "./objects.ts";

/** URLs for somebody without credentials. */
export const sign: readonly StorageCase[] = [
  {
    name: "sign: a URL to get gives the object's bytes to whoever has it",
    needs: ["sign"],
    async run({ storage, key }) {
      const at = key("a b/ü+%41");
      const bytes = randomBytes(1000);
      await storage.put(at, bytes);
      const answer = await fetch(await storage.sign(at, { operation: "get", expiresIn: 60_000 }));
      equal(answer.status, 200, "status of a signed get");
      equalBytes(new Uint8Array(await answer.arrayBuffer()), bytes, "bytes of a signed get");
    },
  },
  {
    name: "sign: a URL to put keeps the bytes; signing itself writes nothing",
    needs: ["sign"],
    async run(context) {
      const { storage, key, signedPutHeaders: headers } = context;
      const at = key("object");
      const bytes = randomBytes(1000);
      const url = await storage.sign(at, { operation: "put", expiresIn: 60_000 });
      await expectListed(context, [], "after sign");
      const answer = await fetch(url, { method: "PUT", headers, body: new Blob([bytes.slice()]) });
      check(answer.ok, `status of a signed put: expected 200 to 299, got ${answer.status}`);
      await expectObject(storage, at, bytes, "after a signed put");
    },
  },
  {
    name: "sign: a URL is good for its own key and operation only",
    needs: ["sign"],
    async run({ storage, key, signedPutHeaders: headers }) {
      const bytes = randomBytes(100);
      await storage.put(key("object"), bytes);
      const url = await storage.sign(key("object"), { operation: "get", expiresIn: 60_000 });
      const other = await storage.sign(key("other"), { operation: "get", expiresIn: 60_000 });
      check(url !== other, `two keys have one signed URL: ${show(url)}`);
      const answer = await fetch(url, { method: "PUT", headers, body: new Blob([]) });
      await answer.arrayBuffer();
      check(!answer.ok, "a URL signed to get was taken for a put");
      await expectObject(storage, key("object"), bytes, "after a put with a URL signed to get");
    },
  },
];
