/**
 * A Google Cloud Storage server on loopback that keeps to the documented JSON API; whoever asks it asks a fault proxy.
 */
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import type { RequestKind } from "./faults.ts";
import { type Damage, DAMAGES, Lies } from "./gcs-lies.ts";
import { describeObject, generationMatches, makeObject, type StoredObject } from "./gcs-objects.ts";
import { GCS_SERVICE, gcsKindOf } from "./services/gcs.ts";

export interface GcsServerOptions {
  buckets?: string[];
  /** The permissions that callers have; all when absent. */
  permissions?: string[];
  /** Tokens that are accepted; anybody when absent. Mutable, so that one can expire. */
  tokens?: Set<string>;
  /** Names in one page, if fewer than are asked for. */
  pageSize?: number;
}

/** `url`: for `STORAGE_EMULATOR_HOST`. */
export interface GcsServer extends FaultProxy {
  url: string;
  /** What the server says and keeps against the truth. */
  lies: Lies;
  /** Does this to every object whose name matches; how many those were. */
  damage(name: RegExp, how: Damage): number;
  /** By "bucket/name". */
  objects: Map<string, StoredObject>;
  options: GcsServerOptions;
  put(bucket: string, name: string, bytes: Buffer): void;
  /** Makes every listing begin again at its second page, for ever. */
  repeatPages: boolean;
  /** Asked after each chunk of an upload: true to read no more of that request. */
  pause(): boolean;
  /** Forgets all upload sessions, as Google does after a week. */
  forgetSessions(): void;
}

interface Session {
  bucket: string;
  name: string;
  query: URLSearchParams;
  bytes: Buffer[];
  length: number;
  done: StoredObject | null;
}

interface Exchange {
  req: http.IncomingMessage;
  res: http.ServerResponse;
  url: URL;
  kind: RequestKind;
  bucket: string;
  name: string;
}

const GRAIN = 256 * 1024;

export async function startGcsServer(options: GcsServerOptions = {}): Promise<GcsServer> {
  const state = new State(options);
  const server = http.createServer((req, res) => {
    state.handle(req, res).catch(() => res.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy = await startFaultProxy({ target, service: GCS_SERVICE });
  state.url = proxy.url;
  return Object.assign(state, {
    faults: proxy.faults,
    counts: proxy.counts,
    close: async () => {
      await proxy.close();
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  });
}

class State {
  url = "";
  repeatPages = false;
  pause: () => boolean = () => false;
  readonly lies = new Lies();
  readonly objects = new Map<string, StoredObject>();
  readonly options: GcsServerOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #buckets: Set<string>;
  #received = 0;
  #lastSession = 0;

  constructor(options: GcsServerOptions) {
    this.options = options;
    this.#buckets = new Set(options.buckets ?? ["bucket"]);
  }

  received(): number {
    return this.#received;
  }

  put(bucket: string, name: string, bytes: Buffer): void {
    this.objects.set(`${bucket}/${name}`, makeObject(name, bytes));
  }

  damage(name: RegExp, how: Damage): number {
    const met = [...this.objects].filter(([key]) => name.test(key));
    for (const [key, object] of met) this.objects.set(key, DAMAGES[how](object));
    return met.length;
  }

  async handle(req: http.IncomingMessage, res: http.ServerResponse): Promise<void> {
    req.on("error", () => res.destroy());
    const url = new URL(req.url ?? "/", this.url);
    const [, bucket = "", rest = ""] = /^\/(?:upload\/)?storage\/v1\/b\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
    const kind = gcsKindOf({ method: req.method ?? "", url, headers: req.headers });
    if (kind === null) return this.#answer(res, 404, "Not Found");
    const name = decodeURIComponent(/^\/o\/(.*)$/.exec(rest)?.[1] ?? "");
    const exchange: Exchange = { req, res, url, kind, bucket, name };
    const slow = this.lies.take(name, "slow");
    if (slow) await new Promise((resolve) => setTimeout(resolve, slow.ms));
    if (!this.#mayPass(exchange)) return;
    if (!this.#buckets.has(bucket)) return void this.#fail(exchange, 404, "The specified bucket does not exist.");
    await this.#serve(exchange);
  }

  #mayPass(exchange: Exchange): boolean {
    const { tokens } = this.options;
    const token = /^Bearer (.*)$/.exec(exchange.req.headers.authorization ?? "")?.[1] ?? "";
    if (tokens && !tokens.has(token)) {
      this.#fail(exchange, 401, "Invalid Credentials");
      return false;
    }
    return this.#has(exchange, PERMISSION_OF[exchange.kind]);
  }

  /** Whether the caller has a permission; else it is told so. */
  #has(exchange: Exchange, needed: string | null): boolean {
    const { permissions } = this.options;
    if (!permissions || needed === null || permissions.includes(needed)) return true;
    this.#fail(
      exchange,
      403,
      `robot@example.iam.gserviceaccount.com does not have ${needed} access to the Google Cloud Storage object.`,
    );
    return false;
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { kind, req } = exchange;
    if (kind === "put") return this.#upload(exchange, await this.#body(exchange));
    if (kind === "begin") return this.#begin(exchange, await this.#body(exchange));
    if (["part", "complete", "status"].includes(kind)) return this.#put(exchange);
    await drain(req);
    if (kind === "list") return this.#list(exchange);
    if (kind === "permissions") return this.#permissions(exchange);
    return this.#object(exchange);
  }

  /** Reads a request's body. */
  async #body({ req }: Exchange, keep: (chunk: Buffer) => void = () => {}): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) {
      this.#received += chunk.length;
      keep(chunk);
      chunks.push(chunk);
      if (this.pause()) throw new Error("the sender is gone");
    }
    return Buffer.concat(chunks);
  }

  #upload(exchange: Exchange, body: Buffer): void {
    const { searchParams: query } = exchange.url;
    if (query.get("uploadType") === "media")
      return void this.#commit(exchange, { name: query.get("name") ?? "", bytes: body });
    const boundary = /boundary=([^;]+)/.exec(exchange.req.headers["content-type"] ?? "")?.[1] ?? "";
    const [metadata, bytes] = splitMultipart(body, boundary);
    const name = query.get("name") ?? String(metadata["name"]);
    this.#commit(exchange, { name, bytes, crc: metadata["crc32c"] });
  }

  /** Google asks of whoever overwrites an object that they may delete it. */
  #mayReplace(exchange: Exchange, key: string): boolean {
    return !this.objects.has(key) || this.#has(exchange, PERMISSION_OF.delete);
  }

  /** Makes the object if its preconditions and its sum allow. */
  #commit(
    exchange: Exchange,
    made: { name: string; bytes: Buffer; crc?: unknown },
    query = exchange.url.searchParams,
  ): StoredObject | null {
    const key = `${exchange.bucket}/${made.name}`;
    const refused = this.lies.take(made.name, "says-present") !== null;
    if (refused || !generationMatches(query, this.objects.get(key)))
      return this.#fail(exchange, 412, "At least one of the pre-conditions you specified did not hold.");
    if (!this.#mayReplace(exchange, key)) return null;
    const lie = this.lies.take(made.name, "leftover", "keeps-part", "keeps-other");
    if (lie !== null) return this.#keepOther(exchange, { key, lie, made });
    const object = makeObject(made.name, made.bytes);
    if (made.crc !== undefined && made.crc !== object.crc32c)
      return this.#fail(exchange, 400, "Provided CRC32C does not match.");
    this.objects.set(key, object);
    this.#json(exchange, describeObject(exchange.bucket, object));
    return object;
  }

  #keepOther(
    exchange: Exchange,
    { key, lie, made }: { key: string; lie: Parameters<Lies["kept"]>[0]; made: { name: string; bytes: Buffer } },
  ): StoredObject {
    const object = makeObject(made.name, this.lies.kept(lie, made.bytes));
    this.objects.set(key, object);
    if (lie.do === "leftover") exchange.res.destroy();
    else this.#json(exchange, describeObject(exchange.bucket, object));
    return object;
  }

  #begin(exchange: Exchange, body: Buffer): void {
    const { url, bucket, res } = exchange;
    const named = body.length > 0 ? (JSON.parse(body.toString()) as { name?: string }).name : undefined;
    const name = url.searchParams.get("name") ?? named ?? "";
    if (!generationMatches(url.searchParams, this.objects.get(`${bucket}/${name}`)))
      return void this.#fail(exchange, 412, "conditionNotMet");
    if (!this.#mayReplace(exchange, `${bucket}/${name}`)) return;
    const id = `session-${++this.#lastSession}`;
    this.#sessions.set(id, { bucket, name, query: url.searchParams, bytes: [], length: 0, done: null });
    const location = `${this.url}/upload/storage/v1/b/${bucket}/o?uploadType=resumable&upload_id=${id}`;
    res.writeHead(200, { location, "content-length": 0 }).end();
  }

  /** Forgets all upload sessions, as Google does after a week. */
  forgetSessions(): void {
    this.#sessions.clear();
  }

  async #put(exchange: Exchange): Promise<void> {
    const session = this.#sessions.get(exchange.url.searchParams.get("upload_id") ?? "");
    if (!session) {
      await drain(exchange.req);
      return void this.#fail(exchange, 410, "The upload session is gone.");
    }
    const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(exchange.req.headers["content-range"] ?? "");
    if (session.done || !range || range[1] === undefined) {
      await drain(exchange.req);
      if (!range) return void this.#fail(exchange, 400, "Invalid Content-Range.");
      return session.done
        ? this.#json(exchange, describeObject(session.bucket, session.done))
        : this.#incomplete(exchange, session);
    }
    await this.#chunk(exchange, session, {
      start: Number(range[1]),
      end: Number(range[2]) + 1,
      total: Number(range[3]),
    });
  }

  async #chunk(
    exchange: Exchange,
    session: Session,
    { start, end, total }: { start: number; end: number; total: number },
  ): Promise<void> {
    if (start > session.length) {
      await drain(exchange.req);
      return void this.#fail(exchange, 503, "Bytes before this range are missing.");
    }
    const heard: Buffer[] = [Buffer.concat(session.bytes).subarray(0, start)];
    let bytes: Buffer = Buffer.alloc(0);
    try {
      await this.#body(exchange, (chunk) => void heard.push(chunk));
    } finally {
      bytes = Buffer.concat(heard);
      const kept = bytes.length === end && end === total ? bytes.length : Math.floor(bytes.length / GRAIN) * GRAIN;
      session.bytes = [bytes.subarray(0, kept)];
      session.length = kept;
    }
    if (end !== total || session.length !== total) return this.#incomplete(exchange, session);
    const crc = /crc32c=([^,]+)/.exec(String(exchange.req.headers["x-goog-hash"] ?? ""))?.[1];
    session.done = this.#commit(exchange, { name: session.name, bytes, crc }, session.query);
  }

  #incomplete({ res }: Exchange, session: Session): void {
    const range = session.length > 0 ? { range: `bytes=0-${session.length - 1}` } : {};
    res.writeHead(308, { ...range, "content-length": 0 }).end();
  }

  #list(exchange: Exchange): void {
    const { bucket, url } = exchange;
    const query = url.searchParams;
    const prefix = `${bucket}/${query.get("prefix") ?? ""}`;
    const after = Buffer.from(this.repeatPages ? "" : (query.get("pageToken") ?? ""), "base64").toString();
    const size = Math.min(Number(query.get("maxResults") ?? 1000), this.options.pageSize ?? 1000, 1000);
    const keys = [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix) && key.slice(bucket.length + 1) > after)
      .sort();
    const page = keys.slice(0, size).map((key) => this.objects.get(key) as StoredObject);
    const last = page.at(-1)?.name ?? "";
    this.#json(exchange, {
      kind: "storage#objects",
      ...(page.length > 0 && { items: this.lies.listed(page).map((object) => describeObject(bucket, object)) }),
      ...(keys.length > size && { nextPageToken: Buffer.from(last).toString("base64") }),
    });
  }

  #permissions(exchange: Exchange): void {
    const asked = exchange.url.searchParams.getAll("permissions");
    const permissions = asked.filter((one) => this.options.permissions?.includes(one) ?? true);
    this.#json(exchange, {
      kind: "storage#testIamPermissionsResponse",
      ...(permissions.length > 0 && { permissions }),
    });
  }

  #object(exchange: Exchange): void {
    const { bucket, name, kind, url, res } = exchange;
    const key = `${bucket}/${name}`;
    const object = this.lies.take(name, "says-absent") ? undefined : this.objects.get(key);
    const generation = url.searchParams.get("generation");
    if (!object || (generation !== null && Number(generation) !== object.generation))
      return void this.#fail(exchange, 404, `No such object: ${key}`);
    if (!generationMatches(url.searchParams, object)) return void this.#fail(exchange, 412, "conditionNotMet");
    if (kind === "head") return this.#json(exchange, describeObject(bucket, object));
    if (kind === "get") return this.#media(exchange, object);
    this.objects.delete(key);
    res.writeHead(204).end();
  }

  #media(exchange: Exchange, object: StoredObject): void {
    const { req, res } = exchange;
    const total = object.said ?? object.bytes.length;
    const range = /^bytes=(\d+)-(\d*)$/.exec(req.headers.range ?? "");
    const start = range ? Number(range[1]) : 0;
    const end = range?.[2] ? Math.min(Number(range[2]) + 1, total) : total;
    if (range && start >= total) {
      res.setHeader("content-range", `bytes */${total}`);
      return void this.#fail(exchange, 416, "Requested range not satisfiable.");
    }
    let bytes: Buffer = object.bytes.subarray(start, end);
    if (object.said !== undefined && start === 0 && end === total) bytes = object.bytes;
    res.writeHead(range ? 206 : 200, {
      "content-type": "application/octet-stream",
      "x-goog-generation": object.generation,
      "x-goog-hash": `crc32c=${object.crc32c},md5=${object.md5}`,
      "x-goog-stored-content-length": total,
      ...(object.said === undefined && { "content-length": bytes.length }),
      ...(range && { "content-range": `bytes ${start}-${end - 1}/${total}` }),
    });
    res.end(bytes);
  }

  #json({ res }: Exchange, document: unknown): void {
    const bytes = Buffer.from(JSON.stringify(document));
    res.writeHead(200, { "content-type": "application/json; charset=UTF-8", "content-length": bytes.length });
    res.end(bytes);
  }

  #fail({ req, res }: Exchange, status: number, message: string): null {
    req.resume();
    this.#answer(
      res,
      status,
      JSON.stringify({ error: { code: status, message, errors: [{ reason: "planned", message }] } }),
    );
    return null;
  }

  #answer(res: http.ServerResponse, status: number, text: string): void {
    res.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) }).end(text);
  }
}

const PERMISSION_OF: Record<RequestKind, string | null> = {
  head: "storage.objects.get",
  get: "storage.objects.get",
  list: "storage.objects.list",
  put: "storage.objects.create",
  begin: "storage.objects.create",
  part: null,
  complete: null,
  status: null,
  abort: null,
  other: null,
  delete: "storage.objects.delete",
  permissions: null,
};

function splitMultipart(body: Buffer, boundary: string): [Record<string, unknown>, Buffer] {
  const mark = Buffer.from(`--${boundary}`);
  const second = body.indexOf(mark, mark.length);
  const metadata = body.subarray(body.indexOf("\r\n\r\n") + 4, second).toString();
  const start = body.indexOf("\r\n\r\n", second) + 4;
  return [
    JSON.parse(metadata) as Record<string, unknown>,
    Buffer.from(body.subarray(start, body.lastIndexOf(mark) - 2)),
  ];
}

async function drain(req: http.IncomingMessage): Promise<void> {
  for await (const _ of req) continue;
}
