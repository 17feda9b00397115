import { ConfigurationError } from "@coatcheck/core";
import { canonicalEndpoint } from "@coatcheck/core/driver";

/** Where the objects are, checked. */
export interface Place {
  readonly container: string;
  /** The storage account; undefined where only an endpoint of another name is known. */
  readonly account: string | undefined;
  /** The URL of the account's blobs, canonical. */
  readonly endpoint: string;
  /** Canonical, `az://container?account=name`, with the endpoint where it is not the account's usual one. */
  readonly url: string;
}

/** Hosts of Azure itself, in all its clouds. */
const OF_AZURE = /\.(blob\.core\.(windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)|blob\.storage\.azure\.net)$/;

/** Throws `InvalidOption` on a container, account or endpoint that cannot be. One of the last two is there. */
export function placeOf(options: {
  readonly container: string;
  readonly account?: string | undefined;
  readonly endpoint?: string | undefined;
}): Place {
  const { container } = options;
  checkContainer(container);
  if (options.account !== undefined && !/^[a-z0-9]{3,24}$/.test(options.account)) {
    throw invalid("account", "is the name of a storage account: 3 to 24 lower-case letters and digits");
  }
  const endpoint = options.endpoint === undefined ? usual(options.account!) : checkedEndpoint(options.endpoint);
  const account = options.account ?? accountOf(endpoint);
  const parameters = new URLSearchParams();
  if (account !== undefined) parameters.set("account", account);
  if (account === undefined || endpoint !== usual(account)) parameters.set("endpoint", endpoint);
  return { container, account, endpoint, url: `az://${container}?${parameters.toString()}` };
}

/** Whether credentials that were not given for an endpoint may go there. */
export function isOfAzure(endpoint: string): boolean {
  const { protocol, hostname } = new URL(endpoint);
  return protocol === "https:" && OF_AZURE.test(hostname);
}

function usual(account: string): string {
  return `https://${account}.blob.core.windows.net`;
}

/** The account's name stands in the host, or with emulators in the path. */
function accountOf(endpoint: string): string | undefined {
  const { hostname, pathname } = new URL(endpoint);
  const name = hostname.includes(".blob.") ? hostname.split(".")[0] : pathname.split("/")[1];
  return name === "" ? undefined : name;
}

function checkContainer(container: string): void {
  if (container === "$root" || container === "$web" || container === "$logs") {
    throw invalid("container", `is one of your own: ${container} is Azure's, with rules of its own`);
  }
  if (!/^[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){2,62}$/.test(container)) {
    throw invalid(
      "container",
      "is the name of a container: 3 to 63 lower-case letters, digits and single hyphens, with none at the ends",
    );
  }
}

function checkedEndpoint(endpoint: string): string {
  if (/^[^#]*\?./.test(endpoint))
    throw invalid("endpoint", "cannot have parameters: give a SAS as the option sasToken");
  return canonicalEndpoint("azure", endpoint, "https://name.blob.core.windows.net");
}

function invalid(option: string, what: string): ConfigurationError {
  return new ConfigurationError("InvalidOption", `Storage type azure: option "${option}" ${what}.`);
}
