/** A web server that gives files, as a fault proxy sees it. */
import type { Service } from "../fault-proxy.ts";

export const WEB_SERVICE: Service = {
  kindOf: ({ method }) => ({ HEAD: "head", GET: "get" }[method] as "head" | "get" | undefined) ?? "other",
  refusal: ({ status, text = "planned" }) => ({
    headers: { "content-type": "text/plain" },
    body: `${status} ${text}\n`,
  }),
};
