export { azure, type AzureOptions, azurePlugin as default } from "./plugin.ts";
export type { TokenCredential } from "./credentials.ts";
