/** S3's API with the bucket in the path, as a fault proxy sees it. */
import type { Asked, Service } from "../fault-proxy.ts";
import type { RequestKind } from "../faults.ts";

/** What S3 calls a refusal of which the plan says only the status. */
const CODES: Readonly<Record<number, string>> = {
  400: "InvalidRequest",
  401: "InvalidToken",
  403: "AccessDenied",
  404: "NoSuchKey",
  408: "RequestTimeout",
  409: "ConditionalRequestConflict",
  412: "PreconditionFailed",
  416: "InvalidRange",
  429: "TooManyRequests",
  500: "InternalError",
  503: "SlowDown",
};

export const S3_SERVICE: Service = {
  kindOf,
  refusal({ status, text = "planned", code = CODES[status] ?? "InternalError" }) {
    const body = `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>${text}</Message></Error>`;
    return { headers: { "content-type": "application/xml", date: new Date().toUTCString() }, body };
  },
};

function kindOf({ method, url }: Asked): RequestKind {
  const { searchParams: query, pathname } = url;
  if (query.has("uploadId")) {
    if (query.has("partNumber")) return "part";
    return ({ GET: "status", POST: "complete", DELETE: "abort" } as Record<string, RequestKind>)[method] ?? "other";
  }
  if (query.has("uploads")) return method === "POST" ? "begin" : "status";
  if (query.has("list-type")) return "list";
  if (!/^\/[^/]+\/./.test(pathname)) return "other";
  const kinds: Record<string, RequestKind> = { HEAD: "head", GET: "get", PUT: "put", DELETE: "delete" };
  return kinds[method] ?? "other";
}
