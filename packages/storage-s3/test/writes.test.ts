import { expect, test } from "@jest/globals";
import { expectBytes, failure, KIB, ownClientTests, read, text, writeTests } from "@coatcheck/test-support/cloud";
import { clientOf, openWith, s3Server } from "./support.ts";

const at = s3Server();

writeTests(
  at,
  [
    { name: "one request", bytes: 1000, decides: "PutObject", unsettled: "Unknown" },
    { name: "parts", bytes: 100 * KIB, decides: "CompleteMultipartUpload", unsettled: "Unknown" },
  ],
  // As somebody is writing.
  { answer: { status: 409, code: "ConditionalRequestConflict" }, ends: "Unavailable" },
);
ownClientTests(at, () => openWith(at, clientOf(at.server, { maxAttempts: 3 })));

test("S3: a service that ignores the condition of a delete is found out before it deletes anything", async () => {
  const storage = at.openLimited();
  const { version } = await storage.put("kept", text("kept"));
  at.server.inject({ at: "request", on: "DeleteObject", action: { status: 204, code: "" }, times: 2 });
  for (let round = 0; round < 2; round++) await failure(storage.delete("kept", { when: { version } }), "NotSupported");
  expectBytes(await read(storage, "kept"), text("kept"));
  const deleted = at.server.requests.filter(({ operation }) => operation === "DeleteObject").map(({ key }) => key);
  expect(deleted).not.toContain("kept");
});
