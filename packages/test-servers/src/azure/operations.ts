/** The operations of the Blob service that a proxy tells apart, by the names that its REST reference has for them. */
export type AzureOperation =
  | "PutBlob"
  | "PutBlock"
  | "PutBlockList"
  | "GetBlob"
  | "GetBlobProperties"
  | "GetBlockList"
  | "DeleteBlob"
  | "ListBlobs"
  | "BlobBatch"
  | "GetUserDelegationKey"
  | "Other";

/** Which operation a request is for. `blob` is empty where it is for a container or for the account. */
export function operationOf(method: string, blob: string, query: URLSearchParams): AzureOperation {
  const comp = query.get("comp");
  if (method === "POST" && comp === "batch") return "BlobBatch";
  if (method === "POST" && comp === "userdelegationkey") return "GetUserDelegationKey";
  if (blob === "") return method === "GET" && comp === "list" ? "ListBlobs" : "Other";
  if (method === "PUT" && comp === "block") return "PutBlock";
  if (method === "PUT" && comp === "blocklist") return "PutBlockList";
  if (method === "GET" && comp === "blocklist") return "GetBlockList";
  if (comp !== null) return "Other";
  if (method === "PUT") return "PutBlob";
  if (method === "GET") return "GetBlob";
  if (method === "HEAD") return "GetBlobProperties";
  return method === "DELETE" ? "DeleteBlob" : "Other";
}
