/** A way out through a proxy: which one the environment names for an address, and connections that it tunnels. */
import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import { addAbortSignal, type Duplex } from "node:stream";
import * as tls from "node:tls";
import { MvgitError } from "./errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for an `https:` address, from HTTPS_PROXY unless NO_PROXY excepts its host; null for none, and for plain
 * `http:`, which only emulators speak. Throws `setting-invalid`, never with the value: it may hold a password.
 */
export function proxyFor(url: URL, env: Environment): URL | null {
  const name = env["https_proxy"] ? "https_proxy" : "HTTPS_PROXY";
  const text = env[name];
  if (!text || url.protocol !== "https:" || isExcepted(url, env["no_proxy"] ?? env["NO_PROXY"] ?? "")) return null;
  const full = text.includes("://") ? text : `http://${text}`;
  const proxy = URL.canParse(full) ? new URL(full) : null;
  if (proxy && /^https?:$/.test(proxy.protocol) && proxy.hostname !== "") return proxy;
  throw new MvgitError("setting-invalid", `the environment variable ${name} does not name a proxy`, {
    subject: name,
    hint: "write 'http://HOST:PORT', with 'USER:PASSWORD@' before the host where the proxy asks for it",
  });
}

/**
 * `*` excepts all; `host`, `.domain` and `*.domain` except themselves and what is below them, with `:port` only that
 * port.
 */
function isExcepted({ hostname, port }: URL, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((rule) => {
      if (rule === "*") return true;
      const [, name = "", only] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(rule) ?? [];
      return (
        name !== "" &&
        (only === undefined || only === (port || "443")) &&
        (hostname === name || hostname.endsWith(`.${name}`))
      );
    });
}

export interface TunnelOptions {
  proxy: URL;
  /** Milliseconds without a byte. */
  inactivityMs: number;
  signal: AbortSignal;
}

/**
 * Kept connections, each through a tunnel that the proxy opens (CONNECT): it sees the host's name, and nothing of what
 * is said.
 */
export class TunnelAgent extends https.Agent {
  readonly #tunnel: TunnelOptions;

  constructor(options: https.AgentOptions, tunnel: TunnelOptions) {
    super(options);
    this.#tunnel = tunnel;
  }

  /** As Node calls it: answers through the callback. */
  override createConnection(
    options: https.RequestOptions,
    callback: (error: Error | null, socket?: Duplex) => void,
  ): undefined {
    this.#connect(options).then((socket) => callback(null, socket), callback);
  }

  async #connect(asked: https.RequestOptions): Promise<tls.TLSSocket> {
    const { port, servername, ...options } = asked;
    const host = asked.host ?? "";
    const socket = await this.#openTunnel(`${net.isIPv6(host) ? `[${host}]` : host}:${port ?? 443}`);
    // A number is no name that a server could be asked for; the certificate is held against the host all the same.
    const name = net.isIP(host) === 0 ? { servername: servername || host } : {};
    const secured = tls.connect({ ...(options as tls.ConnectionOptions), socket, host, ...name });
    addAbortSignal(this.#tunnel.signal, secured);
    const stop = (): void => void secured.destroy(silent(this.#tunnel));
    await new Promise<void>((resolve, reject) => {
      secured.setTimeout(this.#tunnel.inactivityMs, stop).once("secureConnect", resolve).once("error", reject);
    });
    secured.setTimeout(0).off("timeout", stop);
    return secured;
  }

  #openTunnel(target: string): Promise<net.Socket> {
    const { proxy, inactivityMs, signal } = this.#tunnel;
    const headers = { host: target, ...(proxy.username && { "proxy-authorization": basic(proxy) }) };
    const req = (proxy.protocol === "https:" ? https : http).request({
      host: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: proxy.port || (proxy.protocol === "https:" ? 443 : 80),
      method: "CONNECT",
      path: target,
      headers,
      agent: false,
      timeout: inactivityMs,
      signal,
    });
    return new Promise((resolve, reject) => {
      req
        .once("timeout", () => req.destroy(silent(this.#tunnel)))
        .once("error", (error) => reject(unreachable(error, proxy)));
      req.once("response", (res) => {
        res.destroy();
        reject(refused(res.statusCode ?? 0, proxy));
      });
      req.once("connect", (res, socket) => {
        if (res.statusCode === 200) return resolve(socket);
        socket.destroy();
        reject(refused(res.statusCode ?? 0, proxy));
      });
      req.end();
    });
  }
}

function basic({ username, password }: URL): string {
  return `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64")}`;
}

function refused(status: number, { host }: URL): MvgitError {
  if (status === 407)
    return new MvgitError("access-denied", `the proxy '${host}' asks for a user and a password (407)`, {
      subject: host,
      hint: "put them into HTTPS_PROXY: 'http://USER:PASSWORD@HOST:PORT'",
    });
  if (status === 403)
    return new MvgitError("access-denied", `the proxy '${host}' does not let this connection pass (403)`, {
      subject: host,
      hint: "ask its keeper, or name the host in NO_PROXY if it can be reached without it",
    });
  return new MvgitError("remote-unavailable", `the proxy '${host}' answered ${status}`, {
    subject: host,
    hint: "run the command again later; it goes on where it stopped",
  });
}

function unreachable(error: Error, { host }: URL): Error {
  if (error instanceof MvgitError || error.name === "AbortError") return error;
  const code = "code" in error ? String(error.code) : "unknown error";
  return new MvgitError("remote-unavailable", `the proxy '${host}' cannot be reached: ${code}`, {
    subject: host,
    hint: "check HTTPS_PROXY and the network, and run the command again",
    cause: error,
  });
}

function silent({ proxy: { host }, inactivityMs }: TunnelOptions): MvgitError {
  return new MvgitError("remote-stalled", `the proxy '${host}' sent no byte for ${Math.round(inactivityMs / 1000)} s`, {
    subject: host,
    hint: "check the network and run the command again; it goes on where it stopped",
  });
}
