/** @jest-config-loader esbuild-register */
import { readdirSync } from "node:fs";
import type { Config } from "jest";

const packages = readdirSync(new URL("packages", `file://${__dirname}/`)).filter((name) => !name.startsWith("."));

// In every process of the tests that uses it, the AWS SDK says on Node 20 that versions to come will need a newer one.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

const project = (name: string, rootDir: string): NonNullable<Config["projects"]>[number] => ({
  displayName: name,
  rootDir,
  testEnvironment: `${__dirname}/packages/test-support/jest-environment.mjs`,
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  transform: {
    "\\.ts$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2022" },
        module: { type: "commonjs", ignoreDynamic: false },
      },
    ],
  },
  moduleNameMapper: {
    "^@coatcheck/([^/]+)/([^/]+)$": `${__dirname}/packages/$1/src/$2/index.ts`,
    "^@coatcheck/([^/]+)$": `${__dirname}/packages/$1/src/index.ts`,
  },
});

const config: Config = {
  coverageProvider: "v8",
  testTimeout: 60_000,
  // Much of the time goes to waiting, for servers and for processes that race.
  maxWorkers: "100%",
  projects: [
    ...packages.map((name) => project(name, `${__dirname}/packages/${name}`)),
    project("docs", `${__dirname}/docs`),
    project("examples", `${__dirname}/examples`),
  ],
};

export default config;
