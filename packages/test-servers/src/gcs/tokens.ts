import { createPublicKey, type KeyObject, randomUUID, verify } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { GcsError } from "./errors.ts";

/** Milliseconds that a client's clock may be off. */
const SKEW = 5 * 60 * 1000;
const LIFETIME = 3600;

/** What somebody may be denied, as in the permissions of IAM. */
export type GcsPermission =
  "storage.objects.get" | "storage.objects.create" | "storage.objects.delete" | "storage.objects.list";

/** Somebody who may use the server. */
export interface GcsAccount {
  /** Of a service account; `allUsers` stands for who shows no token. */
  readonly email: string;
  /** The private key of a service account, as PEM: what it signs is known by it. */
  readonly privateKey?: string;
  /** A token of another issuer, which the token endpoint takes for one of its own (workload identity). */
  readonly subjectToken?: string;
  /** What this one may not do. */
  readonly denied?: readonly GcsPermission[];
  /** Its tokens are not good any more. */
  readonly expired?: boolean;
}

/** Who may use the server, and the tokens that were issued to them. */
export class Tokens {
  readonly #accounts: ReadonlyMap<string, GcsAccount>;
  readonly #keys: ReadonlyMap<string, KeyObject>;
  readonly #issued = new Map<string, { readonly account: GcsAccount; readonly until: number }>();

  constructor(accounts: readonly GcsAccount[]) {
    this.#accounts = new Map(accounts.map((account) => [account.email, account]));
    const keyed = accounts.filter(({ privateKey }) => privateKey !== undefined);
    this.#keys = new Map(keyed.map(({ email, privateKey }) => [email, createPublicKey(privateKey!)]));
  }

  /** Who sent the request; throws on a token that is not good. */
  bearer({ headers }: IncomingMessage, now: number): GcsAccount | undefined {
    const [, token] = /^Bearer (.+)$/.exec(headers.authorization ?? "") ?? [];
    if (token === undefined) return this.#accounts.get("allUsers");
    const issued = this.#issued.get(token);
    const account = issued === undefined ? this.#signedFor(token, now)?.account : issued.account;
    if (account === undefined || account.expired === true || now > (issued?.until ?? now)) {
      throw new GcsError(401, "authError", "Invalid Credentials");
    }
    return account;
  }

  /** The account with a key of its own. */
  keyOf(email: string): { readonly account: GcsAccount; readonly key: KeyObject } | undefined {
    const [account, key] = [this.#accounts.get(email), this.#keys.get(email)];
    return account === undefined || key === undefined ? undefined : { account, key };
  }

  /** What the token endpoint answers to a signed assertion, or to a token of another issuer. */
  exchange(form: URLSearchParams, now: number): Readonly<Record<string, string | number>> {
    const assertion = form.get("assertion");
    const subject = form.get("subject_token");
    const account =
      assertion !== null
        ? this.#asserted(assertion, now)
        : [...this.#accounts.values()].find(({ subjectToken }) => subject !== null && subjectToken === subject);
    if (account === undefined) throw new OAuthError("invalid_grant", "Invalid grant.");
    return { ...this.issue(account, now), issued_token_type: "urn:ietf:params:oauth:token-type:access_token" };
  }

  /** A token of the account that the metadata server of a machine speaks for: the first. */
  ofMachine(now: number): Readonly<Record<string, string | number>> {
    return this.issue([...this.#accounts.values()][0]!, now);
  }

  /** A new token. */
  issue(account: GcsAccount, now: number): Readonly<Record<string, string | number>> {
    const token = `ya29.${randomUUID()}`;
    this.#issued.set(token, { account, until: now + LIFETIME * 1000 });
    return { access_token: token, expires_in: LIFETIME, token_type: "Bearer" };
  }

  #asserted(assertion: string, now: number): GcsAccount {
    const signed = this.#signedFor(assertion, now);
    if (signed !== undefined) return signed.account;
    const text = this.#signedFor(assertion, undefined) === undefined ? "Invalid JWT Signature." : BAD_TIME;
    throw new OAuthError("invalid_grant", text);
  }

  /** Who signed a JSON web token, which must be of now where that is given. */
  #signedFor(token: string, now: number | undefined): { readonly account: GcsAccount } | undefined {
    const [header = "", payload = "", signature = ""] = token.split(".");
    try {
      const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, string | number>;
      const known = this.keyOf(String(claims.iss));
      const data = Buffer.from(`${header}.${payload}`);
      const good = known !== undefined && verify("sha256", data, known.key, Buffer.from(signature, "base64url"));
      if (!good || !/devstorage|cloud-platform/.test(String(claims.scope))) return undefined;
      const [from, until] = [Number(claims.iat) * 1000 - SKEW, Number(claims.exp) * 1000 + SKEW];
      return now === undefined || (now >= from && now <= until) ? { account: known.account } : undefined;
    } catch {
      return undefined;
    }
  }
}

const BAD_TIME =
  "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.";

/** An answer of the token endpoint that says what is wrong. */
export class OAuthError extends Error {
  readonly code: string;

  constructor(code: string, description: string) {
    super(description);
    this.code = code;
  }
}
