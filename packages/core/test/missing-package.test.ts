import { expect, test } from "@jest/globals";
import { isMissingPackage } from "../src/missing-package.ts";

const error = (message: string, code?: string): Error => Object.assign(new Error(message), code && { code });
const name = "@coatcheck/storage-s3";

test.each([
  ["Node, import", `Cannot find package '${name}' imported from /a/b.js`, "ERR_MODULE_NOT_FOUND"],
  ["Node, require", `Cannot find module '${name}'\nRequire stack:\n- /a/b.js`, "MODULE_NOT_FOUND"],
  ["webpack", `Cannot find module '${name}'`, "MODULE_NOT_FOUND"],
  ["Vite", `Could not resolve "${name}" imported by "@coatcheck/core". Is it installed?`, undefined],
  [
    "Yarn, a peer",
    `@coatcheck/core tried to access ${name} (a peer dependency) but it isn't provided by your application; this makes the require call ambiguous and unsound.\n\nRequired package: ${name}\nRequired by: @coatcheck/core@virtual:1 (via /a/b.js)\n`,
    "MODULE_NOT_FOUND",
  ],
])("%s: not installed", (_, message, code) => {
  expect(isMissingPackage(error(message, code), name)).toBe(true);
});

test.each([
  [
    "Node, a dependency of it",
    `Cannot find package '@aws-sdk/x' imported from /node_modules/${name}/a.js`,
    "ERR_MODULE_NOT_FOUND",
  ],
  [
    "Node, a file of it",
    `Cannot find module '/node_modules/${name}/dist/x.js' imported from /a.js`,
    "ERR_MODULE_NOT_FOUND",
  ],
  [
    "Yarn, a dependency of it",
    `${name} tried to access x, but it isn't declared in its dependencies\n\nRequired package: x\nRequired by: ${name}@npm:1`,
    "MODULE_NOT_FOUND",
  ],
  ["an error of its own", `${name} failed`, "ERR_OTHER"],
])("%s: not that it is not installed", (_, message, code) => {
  expect(isMissingPackage(error(message, code), name)).toBe(false);
});
