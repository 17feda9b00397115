import { countTest } from "@coatcheck/test-support/cloud";
import { s3Server } from "./support.ts";

countTest(s3Server());
