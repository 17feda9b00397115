import { test } from "@jest/globals";
import { serializerConformance, valueKinds } from "@coatcheck/testing";
import { msgpack } from "@coatcheck/serializer-msgpack";

serializerConformance({
  test,
  open: ({ classes }) => msgpack({ classes }),
  exact: valueKinds,
  graphs: 20_000,
  hostile: 20_000,
});
