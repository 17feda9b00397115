export { mapOrdered } from "../concurrency.ts";
export { findPlugin, type PluginOf } from "../registry/by-name.ts";
export { firstPartyTypes } from "../registry/first-party.ts";
export { type CopiedRecord, copyRecord, type CopyRecordOptions } from "../result/copy.ts";
export { optionFromText, optionsFromUrl } from "../registry/url.ts";
export { printable } from "../text.ts";
