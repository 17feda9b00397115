import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** What is found out about one installed package. */
export interface Report {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly files: number;
  readonly bytes: number;
  readonly dependencies: number;
}

/** A package in a node_modules folder. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string | { readonly type?: string };
  readonly licenses?: readonly { readonly type?: string }[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Every package below a node_modules folder, nested ones included, each version once; links (workspaces) are left out. */
export async function installedPackages(nodeModules: string): Promise<readonly InstalledPackage[]> {
  const found = new Map<string, InstalledPackage>();
  for await (const each of walk(nodeModules)) found.set(`${each.name}@${each.version}`, each);
  return [...found.values()];
}

async function* walk(nodeModules: string): AsyncGenerator<InstalledPackage> {
  for (const entry of await folders(nodeModules)) {
    if (entry.startsWith(".")) continue;
    const names = entry.startsWith("@")
      ? (await folders(join(nodeModules, entry))).map((name) => `${entry}/${name}`)
      : [entry];
    for (const name of names) {
      const folder = join(nodeModules, name);
      const manifest = await manifestOf(folder);
      if (manifest?.version !== undefined) yield { name: manifest.name ?? name, version: manifest.version, folder };
      yield* walk(join(folder, "node_modules"));
    }
  }
}

/** Works out the licence, the size and the dependencies of a package, from its files. */
export async function inspect({ name, version, folder }: InstalledPackage): Promise<Report> {
  const manifest = (await manifestOf(folder)) ?? {};
  let files = 0;
  let bytes = 0;
  let licenceText: string | undefined;
  for await (const file of filesOf(folder)) {
    files++;
    bytes += (await stat(file)).size;
    if (/\/licen[cs]e(\.\w+)?$/i.test(file)) licenceText ??= await readFile(file, "utf8");
  }
  const licence = declared(manifest) ?? (licenceText === undefined ? undefined : recognised(licenceText)) ?? "unknown";
  return { name, version, licence, files, bytes, dependencies: Object.keys(manifest.dependencies ?? {}).length };
}

async function manifestOf(folder: string): Promise<Manifest | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}

async function folders(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((): Dirent[] => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function* filesOf(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile()) yield path;
    else if (entry.isDirectory() && entry.name !== "node_modules") yield* filesOf(path);
  }
}

function declared({ license, licenses }: Manifest): string | undefined {
  if (typeof license === "string") return license.replace(/^\((.*)\)$/, "$1");
  return license?.type ?? licenses?.map(({ type }) => type ?? "unknown").join(" OR ");
}

function recognised(text: string): string | undefined {
  if (/permission is hereby granted, free of charge/i.test(text)) return "MIT";
  if (/apache license,?\s+version 2\.0/i.test(text)) return "Apache-2.0";
  if (/permission to use, copy, modify, and(\/or)? distribute/i.test(text)) return "ISC";
  return /redistribution and use in source and binary forms/i.test(text) ? "BSD" : undefined;
}
