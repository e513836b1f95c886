/** The signature (SigV4) that a request to S3 must have, made as Amazon describes it, and not by Amazon's client. */
import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** In hexadecimal digits; for the headers that the request itself says are signed. */
export function signatureOf({ method, url = "/", headers }: IncomingMessage, secret: string): string {
  const authorization = headers.authorization ?? "";
  const [, scope = "", names = ""] = /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+),/.exec(authorization) ?? [];
  const [path, query = ""] = url.split("?");
  const pairs = query === "" ? [] : query.split("&").map((each) => (each.includes("=") ? each : `${each}=`));
  const canonical = [
    method,
    path,
    pairs.sort().join("&"),
    ...names.split(";").map((name) => `${name}:${String(headers[name]).trim()}`),
    "",
    names,
    headers["x-amz-content-sha256"],
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(canonical)].join("\n");
  const key = scope.split("/").reduce((made: string | Buffer, part) => hmac(made, part), `AWS4${secret}`);
  return hmac(key, text).toString("hex");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
