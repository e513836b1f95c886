/**
 * A Git host on loopback: `git http-backend` behind Node's server, with sign-in, faults on demand, and a record of all
 * requests.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { hermeticEnv } from "./cli.ts";

export interface GitHttpOptions {
  /** The folder whose repositories are served. */
  root: string;
  /** Lets anybody who may read also push. */
  push?: boolean;
  /** `user:password` that every request must carry; anybody is let in when absent. */
  signIn?: string;
  /** Answers requests for parts of a history (`uploadpack.allowFilter`); default true, as the large hosts do. */
  filter?: boolean;
  /** Speaks only the old protocol, as some hosts still do. */
  old?: boolean;
}

type GitHttpFault =
  | { do: "status"; status: number }
  | { do: "redirect"; to: string; status?: number }
  /** No byte comes after so many of the answer's body; none at all when absent. */
  | { do: "stall"; after?: number }
  /** The connection is cut after so many bytes of the answer's body. */
  | { do: "cut"; after: number }
  /** The answer's body ends, properly for HTTP, after so many bytes. */
  | { do: "short"; after: number }
  /** The answer is this and nothing else; `repeat`: for ever. */
  | { do: "answer"; type: string; body: string | Buffer; repeat?: boolean };

interface GitHttpRequest {
  method: string;
  /** With its query. */
  path: string;
  authorization: string | undefined;
  /** Bytes of the bodies. */
  received: number;
  sent: number;
  status: number;
}

export interface GitHttpServer {
  /** `http://127.0.0.1:PORT`, without a slash. */
  url: string;
  requests: GitHttpRequest[];
  options: GitHttpOptions;
  /** Asked for each request; null serves it. */
  fault: (request: GitHttpRequest) => GitHttpFault | null;
  /** Bytes of all bodies sent since the start, or since `requests` was emptied. */
  sent(): number;
  close(): Promise<void>;
}

/** Starts a server; close it in the test's end. */
export async function startGitHttpServer(options: GitHttpOptions): Promise<GitHttpServer> {
  const requests: GitHttpRequest[] = [];
  const server = http.createServer((req, res) => void handle(self, req, res).catch(() => res.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const self: GitHttpServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    options,
    fault: () => null,
    sent: () => requests.reduce((sum, { sent }) => sum + sent, 0),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return self;
}

async function handle(server: GitHttpServer, req: http.IncomingMessage, res: http.ServerResponse): Promise<void> {
  const { authorization } = req.headers;
  const record: GitHttpRequest = {
    method: req.method ?? "",
    path: req.url ?? "",
    authorization,
    received: 0,
    sent: 0,
    status: 0,
  };
  server.requests.push(record);
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  record.received = body.length;
  const answer = new Answer(res, record, server.fault(record));
  if (answer.instead()) return;
  const { signIn } = server.options;
  if (signIn !== undefined && authorization !== `Basic ${Buffer.from(signIn).toString("base64")}`) {
    return answer.head(401, { "www-authenticate": 'Basic realm="test"' }).end("sign in");
  }
  await backend(server.options, req, { body, answer });
}

/** What is sent, with the fault of this request. */
class Answer {
  readonly #res: http.ServerResponse;
  readonly #record: GitHttpRequest;
  readonly #fault: GitHttpFault | null;

  constructor(res: http.ServerResponse, record: GitHttpRequest, fault: GitHttpFault | null) {
    this.#res = res;
    this.#record = record;
    this.#fault = fault;
  }

  /** Serves a fault that needs no repository. */
  instead(): boolean {
    const fault = this.#fault;
    if (fault?.do === "status") this.head(fault.status, {}).end("planned");
    else if (fault?.do === "redirect") this.head(fault.status ?? 302, { location: fault.to }).end("");
    else if (fault?.do === "answer") this.#fixed(fault);
    else return fault?.do === "stall" && fault.after === undefined;
    return true;
  }

  #fixed({ type, body, repeat }: GitHttpFault & { do: "answer" }): void {
    this.head(200, { "content-type": type });
    if (repeat !== true) return void this.#res.end(body);
    const more = (): void => {
      while (!this.#res.destroyed) {
        this.#record.sent += body.length;
        if (!this.#res.write(body)) return void this.#res.once("drain", more);
      }
    };
    more();
  }

  head(status: number, headers: http.OutgoingHttpHeaders): this {
    this.#record.status = status;
    this.#res.writeHead(status, headers);
    return this;
  }

  write(bytes: Buffer): void {
    const fault = this.#fault;
    const limited = fault?.do === "cut" || fault?.do === "short" || fault?.do === "stall";
    const rest = limited ? bytes.subarray(0, Math.max(0, (fault.after ?? 0) - this.#record.sent)) : bytes;
    this.#record.sent += rest.length;
    this.#res.write(rest);
  }

  end(text = ""): void {
    if (text !== "") this.write(Buffer.from(text));
    if (this.#fault?.do === "stall") return;
    if (this.#fault?.do === "cut") setImmediate(() => this.#res.destroy());
    else this.#res.end();
  }
}

/** One run of the CGI program. */
async function backend(
  options: GitHttpOptions,
  req: http.IncomingMessage,
  { body, answer }: { body: Buffer; answer: Answer },
): Promise<void> {
  const { pathname, searchParams } = new URL(req.url ?? "/", "http://localhost");
  const settings = [
    ["uploadpack.allowFilter", String(options.filter !== false)],
    ["http.receivepack", String(options.push === true)],
    ["safe.directory", "*"],
  ];
  const child = spawn("git", ["http-backend"], {
    env: {
      ...hermeticEnv(options.root),
      GIT_PROJECT_ROOT: options.root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: String(searchParams),
      REQUEST_METHOD: req.method,
      CONTENT_TYPE: req.headers["content-type"] ?? "",
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: req.headers["content-encoding"] ?? "",
      REMOTE_ADDR: "127.0.0.1",
      ...(options.old !== true && { GIT_PROTOCOL: String(req.headers["git-protocol"] ?? "") }),
      GIT_CONFIG_COUNT: String(settings.length),
      ...Object.fromEntries(
        settings.flatMap(([key, value], i) => [
          [`GIT_CONFIG_KEY_${i}`, key],
          [`GIT_CONFIG_VALUE_${i}`, value],
        ]),
      ),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.on("error", () => undefined).end(body);
  let head: Buffer | null = Buffer.alloc(0);
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    if (head === null) {
      answer.write(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const headers = Object.fromEntries(
      head
        .toString("latin1", 0, end)
        .split("\r\n")
        .map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string]),
    );
    const { Status: status = "200", ...rest } = headers;
    answer.head(Number.parseInt(status, 10), rest).write(head.subarray(end + 4));
    head = null;
  }
  if (head === null) answer.end();
  else answer.head(500, {}).end("git http-backend said nothing");
}
