import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { S3Error } from "./errors.ts";

/** Milliseconds that a client's clock may be off. */
const SKEW = 15 * 60 * 1000;

/** Who may sign, and how. */
export interface Signer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** The session has ended. */
  readonly expired?: boolean;
}

interface Signature {
  readonly accessKeyId: string;
  readonly day: string;
  readonly region: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly time: string;
  readonly token: string | undefined;
  readonly payloadHash: string;
  /** Seconds that a URL is good for. */
  readonly expires: number | undefined;
}

/** Throws unless the request is signed, by header or query, by one of `signers`, for `region` and for now; gives who it was. */
export function verifySignature<S extends Signer>(
  request: IncomingMessage,
  url: URL,
  signers: ReadonlyMap<string, S>,
  region: string,
  now: number,
): { readonly signer: S; readonly payloadHash: string } {
  const given = fromHeader(request) ?? fromQuery(url);
  if (given === undefined) throw new S3Error(403, "AccessDenied", "Access Denied");
  const signer = signers.get(given.accessKeyId);
  if (signer === undefined) {
    const details = { AWSAccessKeyId: given.accessKeyId };
    throw new S3Error(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist.", details);
  }
  if (given.region !== region) {
    const message = `the region '${given.region}' is wrong; expecting '${region}'`;
    throw new S3Error(400, "AuthorizationHeaderMalformed", message, { Region: region });
  }
  const canonical = canonicalRequest(request, url, given);
  const expected = sign(canonical, given, signer.secretAccessKey);
  const sameLength = expected.length === given.signature.length;
  if (!sameLength || !timingSafeEqual(Buffer.from(expected), Buffer.from(given.signature))) {
    const details = {
      AWSAccessKeyId: given.accessKeyId,
      SignatureProvided: given.signature,
      CanonicalRequest: canonical,
    };
    throw new S3Error(403, "SignatureDoesNotMatch", "The signature does not match.", details);
  }
  checkTime(given, now);
  if (given.token !== signer.sessionToken) throw new S3Error(400, "InvalidToken", "The token is malformed.");
  if (signer.expired === true) {
    throw new S3Error(400, "ExpiredToken", "The provided token has expired.", { "Token-0": given.token ?? "" });
  }
  return { signer, payloadHash: given.payloadHash };
}

function checkTime({ time, expires }: Signature, now: number): void {
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (expires !== undefined ? now > at + expires * 1000 : !(Math.abs(now - at) <= SKEW)) {
    if (expires !== undefined) throw new S3Error(403, "AccessDenied", "Request has expired");
    const details = { RequestTime: time, ServerTime: new Date(now).toISOString() };
    throw new S3Error(403, "RequestTimeTooSkewed", "The difference between the clocks is too large.", details);
  }
}

function fromHeader({ headers }: IncomingMessage): Signature | undefined {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/;
  const [, accessKeyId, day, region, signed, signature] = pattern.exec(headers.authorization ?? "") ?? [];
  if (accessKeyId === undefined) return undefined;
  const header = (name: string): string | undefined => headers[name] as string | undefined;
  return {
    accessKeyId,
    day: day!,
    region: region!,
    signedHeaders: signed!.split(";"),
    signature: signature!,
    time: header("x-amz-date") ?? "",
    token: header("x-amz-security-token"),
    payloadHash: header("x-amz-content-sha256") ?? "",
    expires: undefined,
  };
}

function fromQuery({ searchParams }: URL): Signature | undefined {
  const signature = searchParams.get("X-Amz-Signature");
  if (signature === null) return undefined;
  const [accessKeyId = "", day = "", region = ""] = (searchParams.get("X-Amz-Credential") ?? "").split("/");
  return {
    accessKeyId,
    day,
    region,
    signedHeaders: (searchParams.get("X-Amz-SignedHeaders") ?? "").split(";"),
    signature,
    time: searchParams.get("X-Amz-Date") ?? "",
    token: searchParams.get("X-Amz-Security-Token") ?? undefined,
    payloadHash: "UNSIGNED-PAYLOAD",
    expires: Number(searchParams.get("X-Amz-Expires")),
  };
}

function canonicalRequest(request: IncomingMessage, url: URL, { signedHeaders, payloadHash }: Signature): string {
  const query = [...url.searchParams]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${strictEncode(name)}=${strictEncode(value)}`)
    .sort();
  const headers = signedHeaders.map(
    (name) =>
      `${name}:${String(request.headers[name] ?? "")
        .trim()
        .replace(/ +/g, " ")}`,
  );
  const path = decodeURIComponent(request.url!.split("?")[0]!).split("/").map(strictEncode).join("/");
  return [request.method, path, query.join("&"), ...headers, "", signedHeaders.join(";"), payloadHash].join("\n");
}

function sign(canonical: string, { day, region, time }: Signature, secret: string): string {
  const scope = [day, region, "s3", "aws4_request"];
  const text = ["AWS4-HMAC-SHA256", time, scope.join("/"), createHash("sha256").update(canonical).digest("hex")];
  const key = scope.reduce<string | Buffer>(
    (each, part) => createHmac("sha256", each).update(part).digest(),
    `AWS4${secret}`,
  );
  return createHmac("sha256", key).update(text.join("\n")).digest("hex");
}

/** As the specification of the signature encodes: all but letters, digits and `-._~`. */
export function strictEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
