import { countTest } from "@coatcheck/test-support/cloud";
import { gcsServer } from "./support.ts";

countTest(gcsServer());
