/** Azure's blob service with the account in the path, as an emulator has it and as a fault proxy sees it. */
import type { Asked, Service } from "../fault-proxy.ts";
import type { RequestKind } from "../faults.ts";

/** What Azure calls a refusal of which the plan says only the status. */
const CODES: Readonly<Record<number, string>> = {
  401: "NoAuthenticationInformation",
  403: "AuthorizationPermissionMismatch",
  404: "BlobNotFound",
  408: "OperationTimedOut",
  409: "BlobAlreadyExists",
  412: "ConditionNotMet",
  416: "InvalidRange",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServerBusy",
};

export const AZURE_SERVICE: Service = {
  kindOf,
  refusal({ status, text = "planned", code = CODES[status] ?? "InternalError" }) {
    const body = `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>${text}</Message></Error>`;
    return {
      headers: { "content-type": "application/xml", "x-ms-error-code": code, "x-ms-request-id": "planned" },
      body,
    };
  },
};

function kindOf({ method, url }: Asked): RequestKind {
  const { searchParams: query, pathname } = url;
  const comp = query.get("comp");
  if (comp === "list") return "list";
  if (comp === "block") return "part";
  if (comp === "blocklist") return method === "GET" ? "status" : "complete";
  if (comp !== null || !/^\/[^/]+\/[^/]+\/./.test(pathname)) return "other";
  const kinds: Record<string, RequestKind> = { HEAD: "head", GET: "get", PUT: "put", DELETE: "delete" };
  return kinds[method] ?? "other";
}
