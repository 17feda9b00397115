import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Script } from "@coatcheck/test-support";

const root = join(__dirname, "../..");

/**
 * Runs the ```ts blocks of a page, all of them as one program in an empty folder, and checks what each line that ends in
 * `// → text` gives: printed by util.inspect it is that text, where `…` stands for anything. `// throws text` is a line
 * that must throw an error whose code or message holds the text.
 */
export async function runExamples(page: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const markdown = readFileSync(join(root, page), "utf8");
  const blocks = [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);
  if (blocks.length === 0) throw new Error(`${page} has no examples`);
  const lines = blocks.join("\n").split("\n").map(checked);
  const source = `import { isShown, throwsIt } from "./checks.ts";\n${lines.join("\n")}\nconsole.log("all examples ran");\n`;
  const folder = mkdtempSync(join(root, "node_modules", ".examples-"));
  const work = mkdtempSync(join(tmpdir(), "coatcheck-examples-"));
  try {
    writeFileSync(join(folder, "checks.ts"), CHECKS);
    writeFileSync(join(folder, "page.ts"), source);
    const script = await Script.build(join(folder, "page.ts"));
    try {
      return await script.run([], { cwd: work, env: { COATCHECK_HOME: join(work, "home"), ...env } });
    } finally {
      script.remove();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(work, { recursive: true, force: true });
  }
}

function checked(line: string): string {
  const throws = /^(\s*)(.*?);?\s*\/\/ throws (.*)$/.exec(line);
  if (throws !== null) return `${throws[1]}await throwsIt(async () => ${throws[2]}, ${JSON.stringify(throws[3])});`;
  const shown = /^(\s*)(?:(const|let) (\w+) = )?(.*?);?\s*\/\/ → (.*)$/.exec(line);
  if (shown === null) return line;
  const [, indent, keyword, name, expression, text] = shown;
  const declaration = name === undefined ? "" : `${keyword} ${name} = ${expression}; `;
  return `${indent}${declaration}isShown(${name ?? expression}, ${JSON.stringify(text)});`;
}

const CHECKS = `
import { inspect } from "node:util";
export function isShown(value: unknown, text: string): void {
  const shown = typeof value === "string" ? value : inspect(value, { breakLength: Infinity, depth: 10 });
  const parts = text.split("…").map((part) => part.replace(/[.*+?^\${}()|[\\]\\\\]/g, "\\\\$&"));
  if (!new RegExp("^" + parts.join("[^]*") + "$").test(shown)) throw new Error("the page says " + text + ", but it is " + shown);
}
export async function throwsIt(run: () => unknown, text: string): Promise<void> {
  try {
    await run();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === text || message.includes(text)) return;
    throw new Error("the page says it throws " + text + ", but it threw " + code + ": " + message);
  }
  throw new Error("the page says it throws " + text + ", but it does not");
}
`;
