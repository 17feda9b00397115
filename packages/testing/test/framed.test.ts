import { test } from "@jest/globals";
import { codecConformance } from "@coatcheck/testing";
import { framed } from "./samples/framed.ts";

codecConformance({ test, open: () => framed() });
