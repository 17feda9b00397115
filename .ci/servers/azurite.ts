import { totalmem } from "node:os";
import { AzureTestServer } from "@coatcheck/test-servers";
import { streamGiB } from "./child.ts";
import { type ForeignServer, NotHere } from "./server.ts";

const container = "test-container";
const GIB = 2 ** 30;

/** Azurite, with what takes too long for `npm test`, where the kit runs on it. */
export const azurite: ForeignServer = {
  name: "azurite",
  version: "3.35.0",
  async start() {
    // It keeps objects in half of the machine's memory at most.
    if (totalmem() < 4 * GIB) throw new NotHere("it keeps 1 GiB in memory, and this machine has less than 4");
    const server = await AzureTestServer.start({ containers: [container] });
    const options = { container, endpoint: server.endpoint, accountKey: server.account.key };
    return {
      suites: [
        {
          name: "a large stream",
          define: (test) =>
            test("1 GiB streamed in and out: the same bytes, and less than 96 MB of memory", () =>
              streamGiB("azure", options)),
        },
      ],
      close: () => server.close(),
    };
  },
};
