import { expect, test } from "@jest/globals";
import * as core from "@coatcheck/core";

test("the public surface is what it was; a change of it shows here", () => {
  expect(Object.keys(core).sort()).toMatchInlineSnapshot(`
   [
     "CoatcheckError",
     "ConfigurationError",
     "KeyTemplate",
     "LiteralResult",
     "MissingResult",
     "NoResult",
     "PersistedResult",
     "ResultError",
     "ResultHandle",
     "ResultStore",
     "SerializationError",
     "Storage",
     "StorageError",
     "StoredObject",
     "UnpersistedResult",
     "checkOptions",
     "compareKeys",
     "memory",
     "openSerializer",
     "openStorage",
     "parseDuration",
     "register",
     "registerBlock",
     "withCodec",
   ]
  `);
});
