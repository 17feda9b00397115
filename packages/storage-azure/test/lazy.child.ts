import type { AzureOptions } from "@coatcheck/storage-azure";

// The SDK looks at this variable when it is evaluated.
let loaded = false;
process.env = new Proxy(process.env, {
  get(variables, name: string) {
    if (name === "AZURE_LOG_LEVEL") loaded = true;
    return variables[name];
  },
});
const { azure } = await import("@coatcheck/storage-azure");
const open = (): ReturnType<typeof azure> => azure(JSON.parse(process.argv[2]!) as AzureOptions);
const storage = open();
await open().close();
const opened = loaded;
await storage.stat("key").catch(() => {});
console.log(JSON.stringify({ opened, used: loaded }));
