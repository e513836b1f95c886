/** Where an account is and as whom requests are made: Azure's own libraries sign, and find and renew tokens. */
import { platform } from "node:process";
import type { Clock } from "../../../base/clock.ts";
import { bug, isMvgitError, MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { MINUTE, SECOND } from "../../../base/times.ts";
import { mayCarryCredentials } from "../../cloud/endpoint.ts";
import { withinLimit } from "../../cloud/limit.ts";
import { loadSdk } from "../../cloud/sdk.ts";
import { credentialsIn, type KeyCredential, type Named } from "./credentials.ts";
import { serviceOf } from "./place.ts";
import { WORDS } from "./words.ts";

/** A request before it is signed. */
export interface Unsigned {
  method: "GET" | "HEAD" | "PUT" | "DELETE";
  url: URL;
  headers: Record<string, string>;
}

export interface SignIn {
  /** Before the name of a container: scheme, host, port, and the account where it belongs into the path. */
  readonly service: string;
  /** In which words a right that is missing is told: a role's, or a signature's. */
  readonly by: "key" | "sas" | "token" | "nothing";
  /** Throws `access-denied`, or `remote-unavailable` when the place that signs does not answer. */
  sign(request: Unsigned): Promise<Unsigned>;
  /** Makes the next `sign` ask for a new token. */
  renew(): Promise<void>;
  /** Who this is, as far as credentials tell without asking the service. Throws as `sign`. */
  identity(): Promise<string>;
}

/** What `@azure/identity` finds tokens by. */
export interface TokenSource {
  getToken(scope: string, options: { abortSignal: AbortSignal }): Promise<Token | null>;
}

interface Token {
  token: string;
  /** Milliseconds since 1970. */
  expiresOnTimestamp: number;
}

export interface SignInOptions {
  env: Readonly<Record<string, string | undefined>>;
  account: string;
  /** From the user's own settings, never from a repository without consent. */
  endpoint?: string | undefined;
  clock: Clock;
  signal: AbortSignal;
  inactivityMs: number;
  /** Instead of Azure's own way to find one. */
  tokens?: (() => Promise<TokenSource>) | undefined;
}

/** Loads what of Azure's libraries it takes. Throws `setting-invalid`, and `not-supported` where one is absent. */
export async function signIn(options: SignInOptions): Promise<SignIn> {
  const { env, account, endpoint } = options;
  const { named, passedOver } = await credentialsIn(env, account);
  const service = endpoint === undefined && named?.service ? named.service : serviceOf(account, endpoint);
  if (!mayCarryCredentials(service, named !== null))
    return nobody(service, "no credentials, because the endpoint is not https");
  if (named !== null) return namedSignIn(service, account, named);
  const source = options.tokens ?? defaultTokens;
  return new TokenSignIn(service, await source(), { ...options, source, passedOver });
}

function nobody(service: string, identity: string): SignIn {
  return {
    service,
    by: "nothing",
    sign: async (request) => request,
    renew: async () => undefined,
    identity: async () => identity,
  };
}

function namedSignIn(service: string, account: string, named: Named): SignIn {
  const common = { service, by: named.by, renew: async () => undefined };
  if (named.by === "key")
    return { ...common, sign: signerOf(named.key), identity: async () => `the key of the account '${account}'` };
  const { sas } = named;
  return {
    ...common,
    sign: async (request) => {
      const url = new URL(request.url);
      url.search = url.search === "" ? sas : `${url.search}&${sas}`;
      return { ...request, url };
    },
    identity: async () => identityOf(new URLSearchParams(sas)),
  };
}

function identityOf(sas: URLSearchParams): string {
  const rights = sas.get("sp");
  const until = sas.get("se");
  const facts = [rights && `rights '${display(rights)}'`, until && `until ${display(until)}`].filter(Boolean);
  return `a shared access signature${facts.length > 0 ? ` (${facts.join(", ")})` : ""}`;
}

type Policy = ReturnType<KeyCredential["create"]>;
type Resource = Parameters<Policy["sendRequest"]>[0];

/** The library signs in a step of its own pipeline: that step alone, with nothing behind it. */
function signerOf(key: KeyCredential): SignIn["sign"] {
  const last = { sendRequest: async (request: unknown) => request };
  const policy = key.create(last as never, undefined as never);
  return async ({ method, url, headers }) => {
    const held = new SignedHeaders(headers);
    await policy.sendRequest({ method, url: url.href, headers: held } as unknown as Resource);
    return { method, url, headers: held.asRecord() };
  };
}

/** As the library reads and writes headers. */
class SignedHeaders {
  readonly #all: Map<string, string>;

  constructor(headers: Record<string, string>) {
    this.#all = new Map(Object.entries(headers));
  }

  get(name: string): string | undefined {
    return this.#all.get(name.toLowerCase());
  }

  set(name: string, value: string | number): void {
    this.#all.set(name.toLowerCase(), String(value));
  }

  headersArray(): { name: string; value: string }[] {
    return [...this.#all].map(([name, value]) => ({ name, value }));
  }

  asRecord(): Record<string, string> {
    return Object.fromEntries(this.#all);
  }
}

const SCOPE = "https://storage.azure.com/.default";
/** A token is replaced so long before it ends: a request may be on its way for a while. */
const EARLY = 5 * MINUTE;
/** One that lives less than that anyway is used for so long. */
const SHORTEST = 30 * SECOND;

type Identity = typeof import("@azure/identity");

async function defaultTokens(): Promise<TokenSource> {
  const identity = await loadSdk(() => import("@azure/identity"), "az://ACCOUNT/CONTAINER/PREFIX", [
    "@azure/identity@4.13",
  ]);
  return platform === "win32" ? withoutPowerShell(identity) : new identity.DefaultAzureCredential();
}

/** Node 20 starts on Windows what is called 'pwsh' in the current folder first, which may be a repository. */
export function withoutPowerShell({ AzurePowerShellCredential, DefaultAzureCredential }: Identity): TokenSource {
  const found = new DefaultAzureCredential();
  const sources: unknown = Reflect.get(found, "_sources");
  if (!Array.isArray(sources)) throw bug("Azure's library keeps its ways to sign in elsewhere");
  const left = sources.filter((each) => !(each instanceof AzurePowerShellCredential));
  Reflect.set(found, "_sources", left);
  return found;
}

interface TokenOptions extends SignInOptions {
  source: () => Promise<TokenSource>;
  passedOver: readonly string[];
}

class TokenSignIn implements SignIn {
  readonly by = "token";
  readonly service: string;
  readonly #options: TokenOptions;
  #source: TokenSource;
  #token: Promise<Token> | null = null;
  /** Milliseconds since 1970: from then on the next one is asked for. */
  #until = Infinity;

  constructor(service: string, source: TokenSource, options: TokenOptions) {
    this.service = service;
    this.#source = source;
    this.#options = options;
  }

  async sign(request: Unsigned): Promise<Unsigned> {
    const { token } = await this.#current();
    return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };
  }

  /** Another source, since one remembers the token that it gave. */
  async renew(): Promise<void> {
    const before = this.#token;
    const source = await this.#options.source();
    if (this.#token !== before) return;
    this.#source = source;
    this.#token = null;
  }

  async identity(): Promise<string> {
    return holderOf((await this.#current()).token);
  }

  #current(): Promise<Token> {
    if (this.#options.clock.now() >= this.#until) this.#token = null;
    if (this.#token !== null) return this.#token;
    this.#until = Infinity;
    const asked = this.#ask();
    this.#token = asked;
    asked.then(
      ({ expiresOnTimestamp }) => {
        const { clock } = this.#options;
        if (this.#token === asked) this.#until = Math.max(expiresOnTimestamp - EARLY, clock.now() + SHORTEST);
      },
      () => {
        if (this.#token === asked) this.#token = null;
      },
    );
    return asked;
  }

  /** Ends the wait when the limit or the signal says so: a token may come from a program, or from another host. */
  async #ask(): Promise<Token> {
    const { clock, signal, inactivityMs, passedOver } = this.#options;
    const late = (): MvgitError =>
      new MvgitError("remote-stalled", "Azure did not sign in these credentials in time", { hint: TRY_LATER });
    try {
      const ask = (): Promise<Token | null> => this.#source.getToken(SCOPE, { abortSignal: signal });
      const token = await withinLimit(ask, { clock, signal, ms: inactivityMs, late });
      if (token) return token;
    } catch (error) {
      throw signal.aborted ? error : failureOf(error, passedOver);
    }
    throw noCredentials("no source gave a token", passedOver);
  }
}

const TRY_LATER = "check the network and run the command again";
/** How the libraries name a network that fails. */
const NETWORK =
  /\b(?:ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|network_error|endpoints_resolution_error)\b/;
/** Of those who say that they have nothing to offer. */
const UNAVAILABLE = /^(?:CredentialUnavailableError|AggregateAuthenticationError)$/;

function failureOf(error: unknown, passedOver: readonly string[]): MvgitError {
  if (isMvgitError(error)) return error;
  const { name, message } = error instanceof Error ? error : { name: "", message: "unknown error" };
  const words = display(message.trim().replace(/\s+/g, " ").slice(0, 300));
  if (UNAVAILABLE.test(name))
    return noCredentials("neither the environment, nor the machine, nor 'az' signs in", passedOver, error);
  if (NETWORK.test(message))
    return new MvgitError("remote-unavailable", `Azure cannot be asked to sign in: ${words}`, {
      hint: TRY_LATER,
      cause: error,
    });
  return noCredentials(words, passedOver, error);
}

function noCredentials(words: string, passedOver: readonly string[], cause?: unknown): MvgitError {
  const also = passedOver.map((each) => `; ${each}`).join("");
  return new MvgitError("access-denied", `no usable Azure credentials: ${words}${also}`, {
    hint: WORDS.signIn,
    ...(cause !== undefined && { cause }),
  });
}

/** Whom a token is of, as it says itself: what is in it is not checked, and only shown. */
function holderOf(token: string): string {
  try {
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as object;
    for (const name of ["upn", "unique_name", "preferred_username", "appid", "oid"]) {
      const value = (claims as Record<string, unknown>)[name];
      if (typeof value === "string" && value !== "") return display(value.slice(0, 200));
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return "a token that names no account";
}
