import { expect, test } from "@jest/globals";
import { canonicalEndpoint } from "@coatcheck/core/driver";

const canonical = (endpoint: string): string => canonicalEndpoint("mine", endpoint, "https://mine.example");

test("equal endpoints have one form", () => {
  for (const same of ["https://host", "https://host/", "HTTPS://HOST:443//"]) {
    expect(canonical(same)).toBe("https://host");
  }
  expect(canonical("http://host:9000/path/")).toBe("http://host:9000/path");
});

test("what is no endpoint is refused, and not repeated", () => {
  for (const [wrong, why] of [
    ["hunter2", 'Storage type mine: option "endpoint" is a URL, as in "https://mine.example".'],
    ["hunter2:9000", "is an http or https URL"],
    ["https://user:hunter2@host", "cannot hold a user or a password"],
    ["https://host?key=hunter2", "is an http or https URL without parameters"],
    ["https://host#hunter2", "is an http or https URL without parameters"],
  ] as const) {
    expect(() => canonical(wrong)).toThrow(expect.objectContaining({ code: "InvalidOption" }));
    expect(() => canonical(wrong)).toThrow(why);
    expect(() => canonical(wrong)).not.toThrow(/hunter2/);
  }
});
