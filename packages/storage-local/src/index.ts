export { local, type LocalOptions, localPlugin as default } from "./plugin.ts";
