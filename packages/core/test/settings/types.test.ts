import { expect, test } from "@jest/globals";
import { memory, openStorage, registerBlock } from "@coatcheck/core";
import { block, type Settings } from "@coatcheck/core/settings";

// What somebody else's plugin package adds.
declare module "@coatcheck/core" {
  interface StorageTypes {
    "my-redis": { readonly url: string; readonly password?: string };
  }
}

// Never called: the type check of the repository is the test. Each error that is expected must be there.
async function typed(fromConfiguration: string): Promise<void> {
  // First-party types are known though nothing of their packages is imported.
  registerBlock("s3/prod", { bucket: "b", region: "eu-west-1" });
  registerBlock("s3/prod", {
    bucket: "b",
    credentials: { accessKeyId: { $env: "ID" }, secretAccessKey: { $file: "/x" } },
  });
  registerBlock("local/prod", memory());
  // @ts-expect-error -- An option that there is not.
  registerBlock("s3/prod", { bucket: "b", regoin: "eu-west-1" });
  // @ts-expect-error -- An option of the wrong type.
  registerBlock("s3/prod", { bucket: 1 });
  // @ts-expect-error -- An option that is missing.
  registerBlock("local/prod", {});
  // @ts-expect-error -- A type that there is not.
  registerBlock("s4/prod", {});
  // @ts-expect-error -- No slug.
  registerBlock("prod", {});

  await block.save("s3/prod", { bucket: { $env: "BUCKET" } }, { overwrite: true });
  await block.save("s3/prod", "s3://bucket/prefix");
  // @ts-expect-error -- An option that there is not.
  await block.save("s3/prod", { bucket: "b", prefx: "p" });
  // @ts-expect-error -- An option of saving that there is not.
  await block.save("s3/prod", "s3://bucket", { override: true });

  // Types that others add.
  registerBlock("my-redis/cache", { url: "redis://host" });
  // @ts-expect-error -- An option of theirs that there is not.
  registerBlock("my-redis/cache", { uri: "redis://host" });

  await openStorage("my-redis/cache");
  await openStorage("s3://bucket/prefix");
  await openStorage(`${fromConfiguration}/prod`);
  await openStorage(fromConfiguration);
  // @ts-expect-error -- A type that there is not.
  await openStorage("s4/prod");

  const settings = {} as Settings;
  const serializer: string = settings.defaultSerializer;
  // @ts-expect-error -- It may be undefined.
  const storage: string = settings.defaultStorage;
  // @ts-expect-error -- A setting that there is not.
  await openStorage(settings.defaultStorge ?? serializer + storage);
}

test("slugs, options and settings are typed: the type check compiles this file", () => {
  expect(typeof typed).toBe("function");
});
