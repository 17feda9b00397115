export {
  CoatcheckError,
  ConfigurationError,
  type ConfigurationErrorCode,
  MissingResult,
  ResultError,
  type ResultErrorCode,
  type ResultErrorContext,
  SerializationError,
  type SerializationErrorInit,
  StorageError,
  type StorageErrorCode,
  type StorageErrorInit,
} from "./errors.ts";
export type { Body } from "./storage/body.ts";
export type {
  Abortable,
  ByteRange,
  DeleteOptions,
  DriverBody,
  DriverObject,
  DriverPutOptions,
  GetOptions,
  ListOptions,
  ListPage,
  ObjectInfo,
  PutOptions,
  ReadableObject,
  SignOptions,
  StorageCapabilities,
  StorageDriver,
  StreamedObject,
  When,
} from "./storage/driver.ts";
export { compareKeys } from "./storage/keys.ts";
export { memory, type MemoryOptions } from "./storage/memory.ts";
export { StoredObject } from "./storage/object.ts";
export { Storage, type StorageOptions } from "./storage/storage.ts";
export type {
  Codec,
  CodecContext,
  CodedSerializer,
  JsonObject,
  JsonValue,
  Serializer,
} from "./serializer/serializer.ts";
export { withCodec } from "./serializer/pipeline.ts";
export { checkOptions } from "./registry/options.ts";
export type {
  CheckedConfig,
  CodecPlugin,
  OpenContext,
  OptionSpec,
  OptionTable,
  Plugin,
  SerializerPlugin,
  StoragePlugin,
} from "./registry/plugin.ts";
export type { BlockOptions, FirstPartyStorageTypes, StorageName, StorageTypes } from "./registry/block-types.ts";
export { openSerializer, openStorage } from "./registry/open.ts";
export type { Referable, SecretReference } from "./settings/references.ts";
export { register, registerBlock } from "./registry/register.ts";
export type { DigestAlgorithm } from "./result/digest.ts";
export { type Duration, parseDuration } from "./result/duration.ts";
export { ResultHandle } from "./result/handle.ts";
export type { ListResultsOptions, PruneOptions, PruneSummary } from "./result/listing.ts";
export type { InlineReference, RecordReference, Reference, UnpersistedReference } from "./result/reference.ts";
export {
  LiteralResult,
  NoResult,
  PersistedResult,
  type RecordAccess,
  type Result,
  UnpersistedResult,
} from "./result/result.ts";
export type { ResultEntry, ResultInfo } from "./result/result-info.ts";
export type { SchemaIssue, SchemaOutcome, StandardSchema } from "./result/schema.ts";
export { ResultStore } from "./result/store.ts";
export type {
  ManyOptions,
  ReferenceOrKey,
  ResultStoreOptions,
  WriteManyOptions,
  WriteOptions,
} from "./result/store-options.ts";
export {
  KeyTemplate,
  type TemplateVariableKind,
  type TemplateVariables,
  type TemplateVariableTable,
} from "./result/template.ts";
