import { faultTest } from "@coatcheck/test-support/cloud";
import { azureServer, clientOf } from "./support.ts";

const at = azureServer();

faultTest(at, {
  answers: [
    { status: 500, code: "InternalError" },
    { status: 503, code: "ServerBusy" },
    { status: 500, code: "OperationTimedOut" },
    { status: 409, code: "PendingCopyOperation" },
    { status: 403, code: "AuthorizationPermissionMismatch" },
  ],
  writes: ["PutBlob", "PutBlock", "PutBlockList"],
  // Azurite takes blocks that were not committed for a blob that is there; Azure does not.
  mayBeThere: async (key) => {
    const { uncommittedBlocks = [] } = await clientOf(at.server).getBlockBlobClient(key).getBlockList("uncommitted");
    return uncommittedBlocks.length > 0;
  },
});
