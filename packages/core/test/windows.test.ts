import { afterEach, expect, test } from "@jest/globals";
import { memory, openStorage, register, type StoragePlugin } from "@coatcheck/core";

let path: unknown;
const plugin: StoragePlugin = {
  api: 1,
  kind: "storage",
  type: "folder",
  options: { path: { type: "string", required: true, url: "path", isPath: true } },
  open(config) {
    ({ path } = config as { path: string });
    return memory();
  },
};
register(plugin);

const platform = Object.getOwnPropertyDescriptor(process, "platform")!;
afterEach(() => void Object.defineProperty(process, "platform", platform));

test.each([
  ["win32", "folder:///C:/data/a%20b", "C:/data/a b"],
  ["win32", "folder:///data", "/data"],
  ["win32", "folder:C:/data", "C:/data"],
  ["linux", "folder:///C:/data", "/C:/data"],
])("on %s %s is the folder %s", async (system, url, expected) => {
  Object.defineProperty(process, "platform", { ...platform, value: system });
  await openStorage(url);
  expect(path).toBe(expected);
});
