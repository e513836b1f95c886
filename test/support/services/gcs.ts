/** Google's JSON API, as a fault proxy sees it. */
import type { Asked, Service } from "../fault-proxy.ts";
import type { RequestKind } from "../faults.ts";

export const GCS_SERVICE: Service = {
  kindOf: (asked) => gcsKindOf(asked) ?? "other",
  refusal: ({ status, text = "planned" }) => ({
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ error: { code: status, message: text, errors: [{ reason: text }] } }),
  }),
};

/** Null for what the API does not know. */
export function gcsKindOf({ method, url, headers }: Asked): RequestKind | null {
  const rest = /^\/(?:upload\/)?storage\/v1\/b\/[^/]+(\/.*)?$/.exec(url.pathname)?.[1] ?? "";
  if (/^\/(upload|resumable)\//.test(url.pathname)) {
    if (method === "PUT") return sessionKind(String(headers["content-range"] ?? ""));
    return url.searchParams.get("uploadType") === "resumable" ? "begin" : "put";
  }
  if (rest === "/o" && method === "GET") return "list";
  if (rest === "/iam/testPermissions") return "permissions";
  // A slash of a name comes escaped.
  if (!/^\/o\/[^/]+$/.test(rest)) return null;
  if (method === "DELETE") return "delete";
  return url.searchParams.get("alt") === "media" ? "get" : "head";
}

function sessionKind(range: string): RequestKind {
  if (range.startsWith("bytes */")) return "status";
  const [, last, total] = /^bytes \d+-(\d+)\/(\d+)$/.exec(range) ?? [];
  return last !== undefined && Number(last) + 1 === Number(total) ? "complete" : "part";
}
