import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type Exit, Script } from "@coatcheck/test-support";

// As processes: only Node itself loads ES modules as users' programs do.
let open: Script;
let project: string;
beforeAll(async () => void (open = await Script.build(join(__dirname, "processes/open.ts"), { byName: false })));
afterAll(() => open.remove());
beforeEach(() => void (project = realpathSync(mkdtempSync(join(tmpdir(), "coatcheck-plugins-")))));
afterEach(() => rmSync(project, { recursive: true, force: true }));

const run = async (...names: readonly string[]): Promise<Exit> =>
  await open.start(names, { cwd: project, env: { COATCHECK_HOME: join(project, "home") } }).exited;

const configure = (config: object): string => {
  const path = join(project, "coatcheck.config.json");
  writeFileSync(path, JSON.stringify(config));
  return path;
};

// A storage of a package of one's own; what its driver does is not looked at here.
const source = (type: string): string => `
  const plugin = {
    api: 1, kind: "storage", type: ${JSON.stringify(type)}, options: { place: { type: "string", url: "host" } },
    open: ({ place }) => ({ type: ${JSON.stringify(type)}, url: ${JSON.stringify(`${type}://`)} + place, deleteMany() {} }),
  };
`;

function install(name: string, manifest: object, text: string): void {
  const path = join(project, "node_modules", name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "package.json"), JSON.stringify({ name, version: "1.0.0", ...manifest }));
  writeFileSync(join(path, "index.js"), text);
}

test("a package that the project's file names brings its type, as ES module or as CommonJS", async () => {
  install("my-esm", { type: "module", exports: "./index.js" }, `${source("named-esm")} export default plugin;`);
  install("@my/cjs", {}, `${source("named-cjs")} module.exports = plugin;`);
  configure({ plugins: ["my-esm", "@my/cjs"], blocks: { "named-cjs/prod": { place: "x" } } });
  const { stdout, stderr } = await run("named-esm://place", "named-cjs/prod");
  expect(stdout).toBe("named-esm://place\nnamed-cjs://x\n");
  expect(stderr).toBe("");
});

test("a package that no file names is not loaded, installed or not", async () => {
  install("unnamed", {}, "console.log('loaded');");
  install("@coatcheck/storage-unnamed", {}, "console.log('loaded');");
  const { stdout } = await run("unnamed://place", "unnamed/prod");
  expect(stdout).toMatch(/^UnknownType: .*\nUnknownBlock: .*\n$/);
});

test("not installed, broken and no plugin are told apart; each names the file and the package", async () => {
  install("my-broken", {}, "require('not-there');");
  install("no-plugin", {}, "module.exports = {};");
  const path = configure({ plugins: ["my-missing"] });
  expect((await run("nowhere://x")).stdout).toContain(
    `MissingPackage: ${path} names the plugin "my-missing", which is not installed`,
  );
  configure({ plugins: ["my-broken"] });
  const broken = (await run("nowhere://x")).stdout;
  expect(broken).toContain(`BrokenPackage: ${path} names the plugin "my-broken", which failed to load`);
  expect(broken).toContain("not-there");
  configure({ plugins: ["no-plugin"] });
  expect((await run("nowhere://x")).stdout).toContain(`InvalidPlugin: ${path} names the plugin "no-plugin", which`);
});
