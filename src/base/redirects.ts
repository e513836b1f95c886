/** Requests that follow where a server sends them on to, and never to where they would be less safe. */
import { BlockList, isIP } from "node:net";
import { MvgitError } from "./errors.ts";
import { type HttpAnswer, HttpClient, type HttpRequest, type Most } from "./http.ts";
import { display } from "./paths.ts";
import { proxyFor } from "./proxy.ts";

export interface Following {
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  /** Milliseconds, as of `HttpClient`. */
  inactivityMs: number;
  most?: Most;
  /** Whether an address may be asked; any of `https:` and `http:` when absent. */
  allows?(url: URL): boolean;
}

export interface Followed {
  answer: HttpAnswer;
  /** Who gave it. */
  url: URL;
}

/** The failure (`remote-unavailable`) of a request that was sent on to where it is not followed: it will be again. */
export class RedirectRefused extends MvgitError {}

const MOST = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Exchanges over kept connections, through the environment's proxy. A redirect is followed from https to https alone,
 * from a public host to public ones alone, and with what signs in (`authorization`) only while the host is the same.
 */
export class FollowingClient {
  readonly #options: Following;
  /** By their proxies. */
  readonly #clients = new Map<string, HttpClient>();

  constructor(options: Following) {
    this.#options = options;
  }

  /** Throws `RedirectRefused`, `setting-invalid` for a proxy that is none, and as `HttpClient.send`. */
  async send(request: HttpRequest): Promise<Followed> {
    let { url, headers } = request;
    for (let redirects = 0; redirects <= MOST; redirects++) {
      const answer = await this.#clientFor(url).send({ ...request, url, headers });
      if (!REDIRECTS.has(answer.status)) return { answer, url };
      await leave(answer);
      const next = this.#nextOf(answer, url);
      if (isInside(next) && !isInside(request.url)) throw refused(url, next);
      if (next.origin !== url.origin) headers = withoutSignIn(headers);
      url = next;
    }
    throw new RedirectRefused("remote-unavailable", `'${request.url.host}' redirects more than ${MOST} times`, {
      subject: request.url.host,
    });
  }

  #clientFor(url: URL): HttpClient {
    const { env, signal, inactivityMs, most } = this.#options;
    const proxy = proxyFor(url, env);
    const key = proxy?.href ?? "";
    const client = this.#clients.get(key) ?? new HttpClient(inactivityMs, signal, proxy, most);
    this.#clients.set(key, client);
    return client;
  }

  #nextOf({ headers, status }: HttpAnswer, from: URL): URL {
    const { location } = headers;
    if (location === undefined || !URL.canParse(location, from.href))
      throw new RedirectRefused("remote-unavailable", `'${from.host}' answered ${status} without saying where to go`, {
        subject: from.host,
      });
    const next = new URL(location, from);
    const isWorse = from.protocol === "https:" && next.protocol !== "https:";
    if (isWorse || !/^https?:$/.test(next.protocol) || this.#options.allows?.(next) === false)
      throw refused(from, next);
    // Credentials that a server names are not the user's.
    next.username = next.password = next.hash = "";
    return next;
  }
}

function withoutSignIn(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "authorization"));
}

function refused(from: URL, to: URL): RedirectRefused {
  const shown = display(`${to.protocol}//${to.host}`);
  return new RedirectRefused("remote-unavailable", `'${from.host}' redirects to '${shown}', which is not followed`, {
    subject: from.host,
  });
}

/** Up to this many bytes reading an answer costs less than another connection. */
const SHORT = 16 * 1024;

/** Frees the connection of an answer that nobody reads; it is kept where little is to come. */
export async function leave({ headers, body }: HttpAnswer): Promise<void> {
  let left = Number(headers["content-length"] ?? 0) > SHORT ? 0 : SHORT;
  for await (const { length } of body) if ((left -= length) < 0) break;
}

const NETWORKS = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["::", 96],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 9],
] as const;
/** Names that no public server has: of one word, or below a name that is kept for such. */
const INSIDE = /^[^.]+\.?$|\.(?:localhost|local|internal|home\.arpa)\.?$/;

const inside = new BlockList();
for (const [network, bits] of NETWORKS) inside.addSubnet(network, bits, network.includes(":") ? "ipv6" : "ipv4");

/** Whether a host is this machine or one of its own network, by how it is written: no name is looked up. */
function isInside({ hostname }: URL): boolean {
  const address = hostname.replace(/^\[|\]$/g, "");
  const kind = isIP(address);
  return kind === 0 ? INSIDE.test(hostname) : inside.check(address, kind === 6 ? "ipv6" : "ipv4");
}
