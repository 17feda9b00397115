import { test } from "@jest/globals";
import { json } from "@coatcheck/serializer-json";
import { serializerConformance, valueKinds } from "@coatcheck/testing";

serializerConformance({
  test,
  open: ({ classes }) => json({ classes }),
  exact: valueKinds,
  graphs: 20_000,
  hostile: 20_000,
});
