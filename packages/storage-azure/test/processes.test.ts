import { countTest } from "@coatcheck/test-support/cloud";
import { azureServer } from "./support.ts";

countTest(azureServer());
