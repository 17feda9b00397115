import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { repositoryOf, workspace } from "./workspace.ts";

/** Runs code where there are web globals, and nothing of Node. */
export type RunInWeb = (code: string) => unknown;

/**
 * Bundles a package of this repository for where there are web globals only; its exports are there as `api`. `from` is a
 * path in the repository.
 */
export async function inWeb(name: string, from: string): Promise<RunInWeb> {
  const repository = repositoryOf(from);
  const { outputFiles } = await build({
    stdin: { contents: `export * from "${name}";`, resolveDir: join(repository, "packages") },
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    globalName: "api",
    logLevel: "error",
    plugins: [workspace(repository, { byName: false })],
  });
  const world = createContext({
    TextEncoder,
    TextDecoder,
    URL,
    URLSearchParams,
    Headers,
    DOMException,
    ReadableStream,
    crypto,
    btoa,
    atob,
  });
  runInContext(outputFiles[0]!.text, world);
  return (code) => runInContext(code, world) as unknown;
}
