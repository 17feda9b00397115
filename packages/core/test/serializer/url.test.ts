import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { urlOf } from "@coatcheck/core/serializer";

test.each([
  "https://user:p%40ss@example.com:8080/a%20b?c=d\\e#f",
  "https://user@example.com/",
  "http://[::1]/",
  "http://xn--mnchen-3ya.example/",
  "http://1.2.3.4?a",
  "file:///a%20b",
  "file:///",
  "file://host/a",
  "data:text/plain,a b%20c",
  "a:b",
  "a://host%20x/..",
  "a:",
  "mailto:a@b",
  "blob:https://example.com/1",
  "web+demo:/.//not-a-host/",
])("%s is read back as itself", (text) => {
  const href = new URL(text).href;
  expect(urlOf(href)?.href).toBe(href);
});

test.each([
  "",
  "a",
  "/a",
  "http://",
  "http:///a",
  "HTTP://a/",
  "http://a",
  " http://a/",
  "http://a b/",
  "http://ä/",
  "a:ä",
])("%j is the href of no URL", (text) => {
  expect(urlOf(text)).toBeUndefined();
});

test("the href of every URL is read back as what parsing it gives", () => {
  const text = fc.tuple(
    fc.constantFrom("http://", "https:", "file://", "file:", "ws:\\\\", "a:", "a://", "data:"),
    fc.string({ unit: fc.constantFrom(...Array.from("ab:@/\\?#%.-[]xn01 ä中")) }),
  );
  fc.assert(
    fc.property(text, ([scheme, rest]) => {
      fc.pre(URL.canParse(scheme + rest));
      const { href } = new URL(scheme + rest);
      const again = URL.canParse(href) ? new URL(href).href : undefined;
      expect(urlOf(href)?.href).toBe(again === href ? href : undefined);
    }),
    { numRuns: 5000 },
  );
});
