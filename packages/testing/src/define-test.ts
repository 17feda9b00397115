/** Defines one test: `test` of jest, vitest, node:test, bun:test or Deno, `it` of mocha. */
export type DefineTest = (name: string, run: () => Promise<void>) => unknown;
