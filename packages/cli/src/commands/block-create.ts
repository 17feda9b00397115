import { basename } from "node:path";
import type { SecretReference } from "@coatcheck/core";
import { block } from "@coatcheck/core/settings";
import { findPlugin, optionFromText, optionsFromUrl } from "@coatcheck/core/tools";
import type { CommandDefinition } from "../define.ts";
import { UsageError } from "../exit.ts";

interface Options {
  readonly option: readonly string[];
  readonly env: readonly string[];
  readonly file: readonly string[];
  readonly overwrite?: boolean;
}

/** `coatcheck block create s3/prod s3://my-bucket?region=eu-west-1` */
export const createBlock: CommandDefinition<Options> = {
  name: "create <slug> [url]",
  description: "save a block in the user's file: a name (type/name) for a storage",
  options: { "--overwrite": "replace the block of that name" },
  repeated: {
    "--option <name=value>": "an option of the storage, as in --option region=eu-west-1",
    "--env <name=variable>": "an option that an environment variable holds when the storage is opened",
    "--file <name=path>": "an option that a file holds when the storage is opened",
  },
  async run(session, [slug, url], { option, env, file, overwrite }) {
    const given = option.length + env.length + file.length;
    if (url === undefined && given === 0) throw new UsageError("Give a URL, or options: --option name=value.");
    const config = given === 0 ? url! : await optionsOf(slug!, url, { option, env, file });
    await block.save(slug!, config, { overwrite });
    const { origin } = await block.load(slug!);
    if (session.json) await session.out.json({ slug, origin });
    else session.note(`Saved ${slug}. Try it: coatcheck block test ${slug}`);
    if (basename(origin) !== "config.json") session.note(`But ${origin} defines ${slug} too, and counts before it.`);
  },
};

async function optionsOf(slug: string, url: string | undefined, given: Omit<Options, "overwrite">): Promise<object> {
  const plugin = await findPlugin("storage", slug.split("/", 1)[0]!);
  const options: Record<string, unknown> = url === undefined ? {} : optionsFromUrl(url, plugin.options);
  for (const text of given.option) {
    const [name, value] = parse("--option", text);
    set(options, name, optionFromText(plugin.options[name], value));
  }
  const references: readonly (readonly [string, string, (text: string) => SecretReference])[] = [
    ...given.env.map((text) => [...parse("--env", text), ($env: string) => ({ $env })] as const),
    ...given.file.map((text) => [...parse("--file", text), ($file: string) => ({ $file })] as const),
  ];
  for (const [name, text, reference] of references) set(options, name, reference(text));
  return options;
}

function parse(flag: string, text: string): readonly [name: string, value: string] {
  const at = text.indexOf("=");
  // The text may be a secret in the wrong place: it is not repeated.
  if (at < 1) throw new UsageError(`${flag} is given as name=value.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

// A name may have parts: credentials.accessKeyId.
function set(options: Record<string, unknown>, name: string, value: unknown): void {
  const parts = name.split(".");
  const last = parts.pop()!;
  let inner = options;
  for (const part of parts) {
    if (!Object.hasOwn(inner, part)) Object.defineProperty(inner, part, { value: {}, enumerable: true });
    inner = inner[part] as Record<string, unknown>;
    if (typeof inner !== "object") throw new UsageError(`The option "${name}" is given as text and with parts.`);
  }
  if (Object.hasOwn(inner, last)) throw new UsageError(`The option "${name}" is given twice.`);
  Object.defineProperty(inner, last, { value, enumerable: true });
}
