import { json } from "@coatcheck/serializer-json";
import { oddPropertyTests } from "@coatcheck/test-support/serializer";

oddPropertyTests(json);
