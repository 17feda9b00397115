import { ConfigurationError } from "../errors.ts";

/**
 * The option `endpoint` of a storage, in the one form that equal endpoints have. `InvalidOption` where it is no http or
 * https URL without user, password and parameters; the message does not repeat it. `example` is a URL of the service.
 */
export function canonicalEndpoint(type: string, endpoint: string, example: string): string {
  const invalid = (what: string): ConfigurationError =>
    new ConfigurationError("InvalidOption", `Storage type ${type}: option "endpoint" ${what}.`);
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    throw invalid(`is a URL, as in "${example}"`);
  }
  if (url.username !== "" || url.password !== "") {
    throw invalid("cannot hold a user or a password: credentials are options of their own");
  }
  if ((url.protocol !== "https:" && url.protocol !== "http:") || url.search !== "" || url.hash !== "") {
    throw invalid("is an http or https URL without parameters");
  }
  return url.href.replace(/\/+$/, "");
}
