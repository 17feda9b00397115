import { createHash, verify } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { GcsError } from "./errors.ts";
import type { GcsAccount, Tokens } from "./tokens.ts";

/** Throws unless the URL is signed, by version 4 with the key of one of the accounts, for this request and for now; gives who it was. */
export function verifySignedUrl(request: IncomingMessage, url: URL, tokens: Tokens, now: number): GcsAccount {
  const value = (name: string): string => url.searchParams.get(`X-Goog-${name}`) ?? "";
  const [email = "", ...scope] = value("Credential").split("/");
  const known = tokens.keyOf(email);
  const signedHeaders = value("SignedHeaders").split(";");
  if (value("Algorithm") !== "GOOG4-RSA-SHA256" || known === undefined || !signedHeaders.includes("host")) {
    throw denied("The signature is not of anybody who is known.");
  }
  const query = [...url.searchParams]
    .filter(([name]) => name !== "X-Goog-Signature")
    .map(([name, text]) => `${encode(name)}=${encode(text)}`)
    .sort();
  // The SDK signs the host without its port, which a service of Google never has.
  const header = (name: string): string => (name === "host" ? url.hostname : String(request.headers[name] ?? ""));
  const path = request.url!.split("?")[0]!;
  const headers = signedHeaders.map((name) => `${name}:${header(name).trim()}`);
  const canonical = [request.method, path, query.join("&"), ...headers, "", value("SignedHeaders"), "UNSIGNED-PAYLOAD"];
  const hash = createHash("sha256").update(canonical.join("\n")).digest("hex");
  const text = ["GOOG4-RSA-SHA256", value("Date"), scope.join("/"), hash].join("\n");
  if (!verify("sha256", Buffer.from(text), known.key, Buffer.from(value("Signature"), "hex"))) {
    throw denied("The request signature we calculated does not match the signature you provided.");
  }
  const at = Date.parse(value("Date").replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (!/^\d+$/.test(value("Expires")) || !(now <= at + Number(value("Expires")) * 1000)) {
    throw new GcsError(400, "ExpiredToken", "The provided token has expired.");
  }
  return known.account;
}

function denied(message: string): GcsError {
  return new GcsError(403, "SignatureDoesNotMatch", message);
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
