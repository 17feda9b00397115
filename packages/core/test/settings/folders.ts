import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "@jest/globals";

/** The folders of one test: the project is the current folder, the home is COATCHECK_HOME. */
export interface TestFolders {
  readonly project: string;
  readonly home: string;
  /** Writes the project's file. */
  writeProject(config: object | string): string;
  /** Writes the user's file. */
  writeUser(config: object | string): string;
}

/** Gives each test empty folders and an environment without variables of Coatcheck. */
export function testFolders(): TestFolders {
  const before = { cwd: process.cwd(), env: { ...process.env } };
  let root = "";
  const write = (folder: string, name: string, config: object | string): string => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), typeof config === "string" ? config : JSON.stringify(config));
    return join(folder, name);
  };
  const folders: TestFolders = {
    get project() {
      return join(root, "project");
    },
    get home() {
      return join(root, "home");
    },
    writeProject: (config) => write(join(root, "project"), "coatcheck.config.json", config),
    writeUser: (config) => write(join(root, "home"), "config.json", config),
  };
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "coatcheck-settings-")));
    mkdirSync(folders.project);
    for (const name of Object.keys(process.env)) if (name.startsWith("COATCHECK_")) delete process.env[name];
    process.env["COATCHECK_HOME"] = folders.home;
    process.chdir(folders.project);
  });
  afterEach(() => {
    process.chdir(before.cwd);
    for (const name of Object.keys(process.env)) if (name.startsWith("COATCHECK_")) delete process.env[name];
    Object.assign(process.env, before.env);
    rmSync(root, { recursive: true, force: true });
  });
  return folders;
}
