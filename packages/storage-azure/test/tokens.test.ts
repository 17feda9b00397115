import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { Azurite, makeCertificate } from "@coatcheck/test-servers";
import { Script } from "@coatcheck/test-support";

test("tokens, over TLS: every operation, and URLs signed with a user delegation key", async () => {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-tokens-"));
  const certificate = makeCertificate();
  const trusted = join(folder, "cert.pem");
  writeFileSync(trusted, certificate.cert);
  const azurite = await Azurite.start({ name: "tokenaccount", key: "aGk=" }, certificate);
  const script = await Script.build(join(__dirname, "tokens.child.ts"));
  try {
    const endpoint = `https://127.0.0.1:${azurite.port}/tokenaccount`;
    const output = await script.run([endpoint], { env: { NODE_EXTRA_CA_CERTS: trusted } });
    expect(JSON.parse(output)).toEqual({
      read: "value",
      signed: [200, "value", 201, 403],
      keys: ["key", "put"],
      delegated: "user",
    });
    // Who does not trust the certificate is told so.
    const distrust = await script.start([endpoint]).exited;
    expect(distrust.code).toBe(1);
    expect(distrust.stderr).toMatch(/SELF_SIGNED|self-signed/);
  } finally {
    script.remove();
    await azurite.close();
    rmSync(folder, { recursive: true });
  }
});
