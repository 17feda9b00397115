export { anything, graphClasses, graphs } from "./graphs.ts";
export { nameOf, startOf } from "./owner.ts";
export { reportOnValues, type ValueReport } from "./realms.ts";
export { type BuildOptions, type Exit, Script, type StartOptions, TestProcess } from "./script.ts";
export { inWeb, type RunInWeb } from "./web.ts";
