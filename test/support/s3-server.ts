/**
 * An S3 server in memory, with the bucket in the path: objects, uploads in parts, listings, preconditions, CRC32C,
 * signatures. `knows` says what it is to be ignorant of, `rules` let a test answer in its place.
 */
import { crc32c } from "@node-rs/crc32";
import { createHash } from "node:crypto";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { crcText } from "../../src/store/cloud/crc32c.ts";
import { signatureOf } from "./s3-signature.ts";

export interface StoredObject {
  bytes: Buffer;
  tag: string;
  /** CRC32C of the whole; null where it was never told. */
  sum: string | null;
  time: number;
}

/** What the server knows of S3. */
export interface Knowledge {
  /** Of `If-None-Match: *` and `If-Match` on objects, the first on an upload's last request, the other on deletes. */
  put: "kept" | "ignored" | "refused";
  complete: "kept" | "ignored" | "refused";
  delete: "kept" | "ignored" | "refused";
  /** Of CRC32C: refused is answered with 400. */
  sums: "kept" | "ignored" | "refused";
}

export interface S3Asked {
  method: string;
  /** Of the object, without the bucket; "" for the bucket itself. */
  name: string;
  query: URLSearchParams;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

export interface S3Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** An answer in the server's place; undefined to leave it to the server. */
export type Rule = (asked: S3Asked) => S3Answer | undefined;

type Upload = { name: string; isSummed: boolean; parts: Map<number, Buffer> };

export class S3ServerInMemory {
  url = "";
  readonly objects = new Map<string, StoredObject>();
  readonly uploads = new Map<string, Upload>();
  readonly knows: Knowledge = { put: "kept", complete: "kept", delete: "kept", sums: "kept" };
  readonly rules: Rule[] = [];
  /** `METHOD name?keys` of each request, in its order. */
  readonly asked: string[] = [];
  region = "us-east-1";
  /** Keys that are known, with their secrets; a session token of another name than "good" has expired. */
  readonly keys = new Map<string, string>();
  /** Milliseconds since 1970, by the server's clock. */
  now: () => number = () => Date.now();
  pageSize = 1000;
  #begun = 0;
  #server = http.createServer((req, res) => void this.#handle(req, res).catch(() => res.destroy()));

  async start(): Promise<this> {
    this.#server.keepAliveTimeout = 0;
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  put(name: string, bytes: Buffer, sum: string | null = crcText(crc32c(bytes))): StoredObject {
    const made = { bytes, tag: md5(bytes), sum, time: Math.floor(this.now() / 1000) * 1000 };
    this.objects.set(name, made);
    return made;
  }

  /** The next request that fits meets this once. */
  once(fits: (asked: S3Asked) => boolean, answer: S3Answer): void {
    let isUsed = false;
    this.rules.push((asked) => {
      if (isUsed || !fits(asked)) return undefined;
      isUsed = true;
      return answer;
    });
  }

  async #handle(req: http.IncomingMessage, res: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const url = new URL(req.url ?? "/", this.url);
    const [, bucket = "", path = ""] = /^\/([^/]*)\/?(.*)$/s.exec(url.pathname) ?? [];
    const name = decodeURIComponent(path);
    const asked = {
      method: req.method ?? "",
      name,
      query: url.searchParams,
      headers: req.headers,
      body: Buffer.concat(chunks),
    };
    this.asked.push(`${asked.method} ${name}${[...url.searchParams.keys()].map((key) => `?${key}`).join("")}`);
    const ruled = this.rules.map((rule) => rule(asked)).find((answer) => answer !== undefined);
    const answer =
      ruled ?? this.#refusal(asked, req) ?? (bucket === "bucket" ? this.#answer(asked) : refuse(404, "NoSuchBucket"));
    const body = Buffer.from(answer.body ?? "");
    const length = answer.headers?.["content-length"] ?? String(body.length);
    const told = { date: new Date(this.now()).toUTCString(), ...answer.headers, "content-length": length };
    res.writeHead(answer.status, told).end(asked.method === "HEAD" ? "" : body);
  }

  /** Of whoever is not known, is late, or looks in the wrong region. */
  #refusal({ headers, method }: S3Asked, req: http.IncomingMessage): S3Answer | null {
    const [, key = "", region = ""] = /Credential=([^/]+)\/\d{8}\/([^/]+)\//.exec(headers.authorization ?? "") ?? [];
    const secret = this.keys.get(key);
    if (this.keys.size > 0 && secret === undefined) return refuse(403, "InvalidAccessKeyId");
    const stamp = String(headers["x-amz-date"]).replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5");
    if (Math.abs(Date.parse(stamp) - this.now()) > 900_000) return refuse(403, "RequestTimeTooSkewed");
    if (region !== this.region) {
      const more = `<Region>${this.region}</Region>`;
      const answer = refuse(400, "AuthorizationHeaderMalformed", more);
      return method === "HEAD" ? { ...answer, headers: { "x-amz-bucket-region": this.region } } : answer;
    }
    const token = headers["x-amz-security-token"];
    if (token !== undefined && token !== "good") return refuse(400, "ExpiredToken");
    if (secret !== undefined && signatureOf(req, secret) !== /Signature=(\w+)/.exec(headers.authorization ?? "")?.[1])
      return refuse(403, "SignatureDoesNotMatch");
    return null;
  }

  #answer(asked: S3Asked): S3Answer {
    const { method, name, query } = asked;
    if (name === "") return this.#list(query);
    if (query.has("uploads")) return this.#begin(asked);
    if (query.has("uploadId")) return this.#uploading(asked);
    if (method === "PUT") return this.#put(asked);
    const found = this.objects.get(name);
    if (method === "DELETE") return this.#delete(asked, found);
    if (found === undefined) return refuse(404, "NoSuchKey");
    return get(asked, found);
  }

  #put({ name, headers, body }: S3Asked): S3Answer {
    const sum = headers["x-amz-checksum-crc32c"];
    if (headers["if-none-match"] !== undefined && this.knows.put === "refused") return refuse(501, "NotImplemented");
    if (headers["if-match"] !== undefined && this.knows.put === "refused") return refuse(501, "NotImplemented");
    if (sum !== undefined && this.knows.sums === "refused")
      return refuse(400, "InvalidRequest", "", "unknown checksum");
    const wanted = headers["if-match"];
    if (wanted !== undefined && this.knows.put === "kept") {
      const found = this.objects.get(name);
      if (found === undefined) return refuse(404, "NoSuchKey");
      if (wanted !== `"${found.tag}"`) return refuse(412, "PreconditionFailed");
    }
    if (headers["if-none-match"] !== undefined && this.knows.put === "kept" && this.objects.has(name))
      return refuse(412, "PreconditionFailed");
    const isSummed = sum !== undefined && this.knows.sums === "kept";
    const md5Sum = headers["content-md5"];
    const isWrong =
      (isSummed && sum !== crcText(crc32c(body))) || (md5Sum !== undefined && md5Sum !== md5(body, "base64"));
    if (isWrong) return refuse(400, "BadDigest");
    const { tag } = this.put(name, body, isSummed ? String(sum) : null);
    return { status: 200, headers: { etag: `"${tag}"`, ...(isSummed && { "x-amz-checksum-crc32c": String(sum) }) } };
  }

  #delete({ name, headers }: S3Asked, found: StoredObject | undefined): S3Answer {
    const wanted = headers["if-match"];
    if (wanted !== undefined && this.knows.delete === "refused") return refuse(501, "NotImplemented");
    if (wanted !== undefined && this.knows.delete === "kept" && found && wanted !== `"${found.tag}"`)
      return refuse(412, "PreconditionFailed");
    this.objects.delete(name);
    return { status: 204 };
  }

  #begin({ name, headers }: S3Asked): S3Answer {
    const id = `upload-${++this.#begun}`;
    const isSummed = headers["x-amz-checksum-algorithm"] === "CRC32C" && this.knows.sums === "kept";
    this.uploads.set(id, { name, isSummed, parts: new Map() });
    const told = { "x-amz-checksum-algorithm": "CRC32C", "x-amz-checksum-type": "FULL_OBJECT" };
    const body = document("InitiateMultipartUploadResult", `<UploadId>${id}</UploadId>`);
    return { status: 200, body, headers: isSummed ? told : {} };
  }

  #uploading(asked: S3Asked): S3Answer {
    const id = asked.query.get("uploadId") ?? "";
    const upload = this.uploads.get(id);
    if (upload === undefined || upload.name !== asked.name) return refuse(404, "NoSuchUpload");
    if (asked.method === "PUT") return takePart(upload, asked);
    if (asked.method === "POST") return this.#complete(id, upload, asked);
    if (asked.method === "GET") return listParts(upload);
    this.uploads.delete(id);
    return { status: 204 };
  }

  #complete(id: string, { name, parts, isSummed }: Upload, { headers, body }: S3Asked): S3Answer {
    if (headers["if-none-match"] !== undefined && this.knows.complete === "refused")
      return refuse(501, "NotImplemented");
    if (headers["if-none-match"] !== undefined && this.knows.complete === "kept" && this.objects.has(name))
      return refuse(412, "PreconditionFailed");
    const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>"(\w+)"/g)];
    const bytes = named.map(([, number, tag]) => [parts.get(Number(number)) ?? Buffer.alloc(0), tag] as const);
    if (bytes.some(([part, tag]) => md5(part) !== tag)) return refuse(400, "InvalidPart");
    const whole = Buffer.concat(bytes.map(([part]) => part));
    const sum = headers["x-amz-checksum-crc32c"];
    if (isSummed && sum !== crcText(crc32c(whole))) return refuse(400, "BadDigest");
    const made = this.put(name, whole, isSummed ? String(sum) : null);
    made.tag = `${md5(Buffer.concat(bytes.map(([, tag]) => Buffer.from(tag ?? "", "hex"))))}-${bytes.length}`;
    this.uploads.delete(id);
    return { status: 200, body: document("CompleteMultipartUploadResult", `<ETag>"${made.tag}"</ETag>`) };
  }

  #list(query: URLSearchParams): S3Answer {
    const after = query.get("continuation-token") ?? "";
    const names = [...this.objects.keys()]
      .filter((name) => name.startsWith(query.get("prefix") ?? "") && name > after)
      .sort();
    const shown = names.slice(0, Math.min(this.pageSize, Number(query.get("max-keys") ?? 1000)));
    const items = shown.map((name) => {
      const { bytes, tag, time } = this.objects.get(name) as StoredObject;
      const stat = `<Size>${bytes.length}</Size><ETag>&quot;${tag}&quot;</ETag>`;
      const when = `<LastModified>${new Date(time).toISOString()}</LastModified>`;
      return `<Contents><Key>${encodeURIComponent(name)}</Key>${when}${stat}</Contents>`;
    });
    const more = shown.length < names.length ? `<NextContinuationToken>${shown.at(-1)}</NextContinuationToken>` : "";
    const truncated = `<IsTruncated>${more !== ""}</IsTruncated><EncodingType>url</EncodingType>${more}`;
    return { status: 200, body: document("ListBucketResult", items.join("") + truncated) };
  }
}

function get({ method, headers }: S3Asked, { bytes, tag, sum, time }: StoredObject): S3Answer {
  if (headers["if-match"] !== undefined && headers["if-match"] !== `"${tag}"`) return refuse(412, "PreconditionFailed");
  const told = {
    etag: `"${tag}"`,
    "last-modified": new Date(time).toUTCString(),
    ...(sum !== null && { "x-amz-checksum-crc32c": sum }),
  };
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
  if (method === "HEAD") return { status: 200, headers: { ...told, "content-length": String(bytes.length) } };
  if (from === undefined) return { status: 200, headers: told, body: bytes };
  const end = Math.min(Number(to) + 1, bytes.length);
  if (Number(from) >= bytes.length)
    return { ...refuse(416, "InvalidRange"), headers: { "content-range": `bytes */${bytes.length}` } };
  const range = `bytes ${from}-${end - 1}/${bytes.length}`;
  return { status: 206, headers: { ...told, "content-range": range }, body: bytes.subarray(Number(from), end) };
}

function takePart({ parts, isSummed }: Upload, { query, headers, body }: S3Asked): S3Answer {
  const sum = headers["x-amz-checksum-crc32c"];
  if (isSummed && sum !== crcText(crc32c(body))) return refuse(400, "BadDigest");
  parts.set(Number(query.get("partNumber")), body);
  return {
    status: 200,
    headers: { etag: `"${md5(body)}"`, ...(isSummed && { "x-amz-checksum-crc32c": String(sum) }) },
  };
}

function listParts({ parts, isSummed }: Upload): S3Answer {
  const each = [...parts].map(([number, bytes]) => {
    const sum = isSummed ? `<ChecksumCRC32C>${crcText(crc32c(bytes))}</ChecksumCRC32C>` : "";
    const stat = `<ETag>"${md5(bytes)}"</ETag><Size>${bytes.length}</Size>`;
    return `<Part><PartNumber>${number}</PartNumber>${stat}${sum}</Part>`;
  });
  const kind = isSummed ? "<ChecksumAlgorithm>CRC32C</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>" : "";
  return { status: 200, body: document("ListPartsResult", `${kind}<IsTruncated>false</IsTruncated>${each.join("")}`) };
}

export function refuse(status: number, code: string, more = "", message = "planned"): S3Answer {
  return { status, body: document("Error", `<Code>${code}</Code><Message>${message}</Message>${more}`) };
}

function document(root: string, inside: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${inside}</${root}>`;
}

function md5(bytes: Uint8Array, encoding: "hex" | "base64" = "hex"): string {
  return createHash("md5").update(bytes).digest(encoding);
}
