import { pathToFileURL } from "node:url";
import { checkOptions, ConfigurationError, memory, type OptionTable, ResultStore } from "@coatcheck/core";
import type { Serializer, Storage } from "@coatcheck/core";
import { type LoadedSettings, settingFolder } from "@coatcheck/core/settings";
import type { PersistenceSettings, Sourced } from "./decision.ts";
import { currentScope, runInScope, SettingsScope } from "./scope.ts";

/** Settings for what is called inside {@link withSettings}; what is not given stays as it is around. */
export interface SettingsOverlay {
  /** Whether results are persisted where no option decides. */
  readonly persistByDefault?: boolean | undefined;
  /** Where results are kept where no option decides: a slug, a URL or a Storage. */
  readonly defaultStorage?: string | Storage | undefined;
  /** The serializer where no option decides: a name or a Serializer. */
  readonly defaultSerializer?: string | Serializer | undefined;
  /** The folder of results that have no other storage. */
  readonly localStoragePath?: string | undefined;
}

const TABLE: OptionTable = {
  persistByDefault: { type: "boolean" },
  defaultStorage: { type: ["string", "object"] },
  defaultSerializer: { type: ["string", "object"] },
  localStoragePath: { type: "string" },
};

/**
 * Calls `fn`, and everything it calls runs under these settings, which go before the environment and the files, and after
 * options. Gives back what `fn` gives. Inside another `withSettings` it adds to that. Wrong settings throw a
 * ConfigurationError before `fn` is called.
 */
export function withSettings<T>(settings: SettingsOverlay, fn: () => T): T {
  checkOptions("withSettings", TABLE, settings);
  const { defaultStorage, defaultSerializer, localStoragePath } = settings;
  if (localStoragePath === "")
    throw new ConfigurationError("InvalidOption", "withSettings: localStoragePath is empty.");
  new ResultStore({ storage: defaultStorage ?? memory(), serializer: defaultSerializer });
  const around = currentScope();
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  return runInScope(new SettingsScope(around, { ...around?.overlay, ...given }), fn);
}

/** The settings in force: what was loaded, with what `withSettings` puts over it. */
export function settingsInForce(
  { values, origins }: LoadedSettings,
  overlay: SettingsOverlay = {},
): PersistenceSettings {
  const from = (setting: keyof typeof origins): string => (setting in overlay ? "withSettings" : origins[setting]);
  const folder =
    overlay.localStoragePath === undefined ? values.localStoragePath : settingFolder(overlay.localStoragePath);
  const storage = overlay.defaultStorage ?? values.defaultStorage;
  const persist = overlay.persistByDefault ?? values.persistByDefault;
  return {
    persistByDefault: sourced(persist, from("persistByDefault")),
    storage:
      storage === undefined
        ? { value: pathToFileURL(folder).href, from: from("localStoragePath") }
        : { value: storage, from: from("defaultStorage") },
    serializer: { value: overlay.defaultSerializer ?? values.defaultSerializer, from: from("defaultSerializer") },
  };
}

function sourced(value: boolean, from: string): Sourced<boolean> | undefined {
  return from === "default" ? undefined : { value, from };
}
