import type { Codec, Serializer } from "../serializer/serializer.ts";
import type { Storage } from "../storage/storage.ts";

/** The types an option can have. */
type OptionType = "string" | "number" | "boolean" | "object" | "function";

/** What one option of a plugin is: checking, suggestions, URLs and redaction follow from it. */
export interface OptionSpec {
  /** The type, or the types, its value may have. */
  readonly type: OptionType | readonly OptionType[];
  readonly required?: boolean;
  /** Never shown; given by reference in files. */
  readonly secret?: boolean;
  /** The only values it may have. */
  readonly values?: readonly (string | number)[];
  /** A path on this machine: in a file of settings, a relative one starts from the folder of that file. */
  readonly isPath?: boolean;
  /** The part of a URL it comes from; without it, the parameter of its name. */
  readonly url?: "host" | "path";
}

/** The options of a plugin, by name. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** A configuration that has been checked against the plugin's {@link OptionTable}; each plugin knows the types its table promises. */
export type CheckedConfig = any;

/** What a plugin is told beside its options. */
export interface OpenContext {
  /** The slug, URL or header the configuration came from, for messages. */
  readonly origin: string;
}

interface PluginBase<Kind extends string, Opened> {
  /** The version of this contract. */
  readonly api: 1;
  readonly kind: Kind;
  /** `^[a-z0-9]+(-[a-z0-9]+)*$`, unique within its kind. */
  readonly type: string;
  readonly options: OptionTable;
  /** Makes one from options that were checked. It sends no request and loads no SDK: that waits for first use. */
  open(config: CheckedConfig, context: OpenContext): Opened | Promise<Opened>;
}

/** The default export of a package that brings a storage. */
export type StoragePlugin = PluginBase<"storage", Storage>;
/** The default export of a package that brings a serializer. */
export type SerializerPlugin = PluginBase<"serializer", Serializer>;
/** The default export of a package that brings a codec. */
export type CodecPlugin = PluginBase<"codec", Codec>;
/** The default export of a package that brings a storage, a serializer or a codec. */
export type Plugin = StoragePlugin | SerializerPlugin | CodecPlugin;
