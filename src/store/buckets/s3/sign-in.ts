/** Where a bucket is and as whom requests are made: Amazon's own client finds credentials, region and endpoint. */
import type * as Client from "@aws-sdk/client-s3";
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import type { Clock } from "../../../base/clock.ts";
import { isMvgitError, MvgitError, systemCode } from "../../../base/errors.ts";
import { refuseRelative } from "../../../base/own-variables.ts";
import { display } from "../../../base/paths.ts";
import { MINUTE } from "../../../base/times.ts";
import { endpointOf } from "../../cloud/endpoint.ts";
import { withinLimit } from "../../cloud/limit.ts";
import { loadSdk } from "../../cloud/sdk.ts";
import { WORDS } from "./words.ts";

/** Where requests for one bucket go. */
export interface Place {
  /** Scheme, host and port, and the bucket as the path where the endpoint wants it there; no slash at the end. */
  base: string;
  /** For which requests are signed. */
  region: string;
  /** Whether Amazon keeps it: then it does what Amazon's documents say. */
  isAmazon: boolean;
}

/** A request before it is signed; `path` and `query` as its URL will have them, decoded in the query. */
export interface Unsigned {
  method: string;
  url: URL;
  query: Record<string, string>;
  headers: Record<string, string>;
}

export interface SignInOptions {
  bucket: string;
  env: Readonly<Record<string, string | undefined>>;
  /** From the user's own settings, or consented to. */
  endpoint?: string | undefined;
  region?: string | undefined;
  pathStyle?: boolean | undefined;
  /** From the user's own settings, never from a repository. */
  profile?: string | undefined;
  clock: Clock;
  signal: AbortSignal;
  inactivityMs: number;
}

type Sdk = typeof Client;

/** Of endpoints, for advice. */
const EXAMPLES = ["https://ACCOUNT.r2.cloudflarestorage.com", "http://localhost:9000"];
const AMAZON = /\.amazonaws\.(?:com|com\.cn|eu)$/;
/** Knows all buckets of Amazon, and says where another one is. */
const FIRST_REGION = "us-east-1";
/** What Amazon and others call a place; part of a host's name, so nothing else may be in it. */
const REGION = /^[a-z0-9][a-z0-9-]{0,39}$/;
/** Credentials that end sooner are renewed by the client when it is asked for them. */
const RENEWED_EARLY = 6 * MINUTE;

/** What Amazon's client has to say besides is about variables of its own, many lines of it, and in nobody's voice. */
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** Variables that name files which may name a program that signs in. */
const SETTINGS_FILES = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"];

/** Loads Amazon's client; makes no request. Throws `setting-invalid`, and `not-supported` where it is not installed. */
export async function signIn(options: SignInOptions): Promise<SignIn> {
  refuseRelative(options.env, SETTINGS_FILES);
  const load = (): Promise<Sdk> => import("@aws-sdk/client-s3");
  const sdk = await loadSdk(load, "s3://BUCKET/PREFIX", ["@aws-sdk/client-s3@3"]);
  const { env } = options;
  const named = options.endpoint ?? env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"];
  const profile = options.profile ?? env["AWS_PROFILE"];
  const credentials = profile ? undefined : credentialsIn(env);
  const config: S3ClientConfig = {
    ...(named && { endpoint: endpointOf(named, EXAMPLES) }),
    ...(profile && { profile }),
    ...(credentials && { credentials }),
    logger: SILENT,
  };
  const region =
    options.region ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"] ?? (await configuredRegion(sdk, config));
  const client = new sdk.S3Client({ ...config, region: regionOf(region) });
  const place = await placeOf(sdk, config, { ...options, region: regionOf(region) });
  return new SignIn({ sdk, config, client, options }, place);
}

/** The same as the client would find, but of the environment that was handed over. */
function credentialsIn(env: SignInOptions["env"]): S3ClientConfig["credentials"] {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
  return id && secret ? { accessKeyId: id, secretAccessKey: secret, ...(token && { sessionToken: token }) } : undefined;
}

function regionOf(text: string): string {
  if (REGION.test(text)) return text;
  throw new MvgitError("setting-invalid", `'${display(text)}' is not a region`, {
    subject: display(text),
    hint: "write one such as 'eu-west-1', or leave it out: it is found",
  });
}

/** Of the user's own files of profiles; the first one where they name none. */
async function configuredRegion({ S3Client }: Sdk, config: S3ClientConfig): Promise<string> {
  try {
    return await new S3Client(config).config.region();
  } catch {
    return FIRST_REGION;
  }
}

/**
 * What the client would ask if it asked for the bucket. An endpoint that is not Amazon's has the bucket in the path
 * unless somebody said otherwise: hosts named after buckets are seldom set up there.
 */
async function placeOf(
  sdk: Sdk,
  config: S3ClientConfig,
  { bucket, region, pathStyle }: { bucket: string; region: string; pathStyle?: boolean | undefined },
): Promise<Place> {
  const first = await askedOf(sdk, { ...config, region, forcePathStyle: pathStyle ?? false }, bucket);
  const isAmazon = AMAZON.test(first.hostname);
  const asked =
    isAmazon || pathStyle !== undefined
      ? first
      : await askedOf(sdk, { ...config, region, forcePathStyle: true }, bucket);
  return { base: asked.href.replace(/\/$/, ""), region, isAmazon };
}

/** The address that the client makes up for the bucket, of which nothing is asked. */
async function askedOf({ S3Client, HeadBucketCommand }: Sdk, config: S3ClientConfig, Bucket: string): Promise<URL> {
  const client = new S3Client({ ...config, credentials: { accessKeyId: "none", secretAccessKey: "none" } });
  let url: URL | null = null;
  client.middlewareStack.add(
    () =>
      async ({ request }) => {
        const { protocol, hostname, port, path } = request as {
          protocol: string;
          hostname: string;
          port?: number;
          path: string;
        };
        url = new URL(`${protocol}//${hostname}${port ? `:${port}` : ""}${path}`);
        return { response: {}, output: { $metadata: {} } };
      },
    { step: "build", priority: "low", name: "mvgit" },
  );
  await client.send(new HeadBucketCommand({ Bucket }));
  client.destroy();
  if (url === null) throw new Error("Amazon's client made no request");
  return url;
}

interface Found {
  sdk: Sdk;
  config: S3ClientConfig;
  client: S3Client;
  options: SignInOptions;
}

/** Signs requests for one bucket, in the region where it turns out to be. */
export class SignIn {
  readonly #it: Found;
  #place: Place;
  /** When the client is to be asked for credentials again, by this machine's clock. */
  #until = 0;

  constructor(it: Found, place: Place) {
    this.#it = it;
    this.#place = place;
  }

  get place(): Place {
    return this.#place;
  }

  /** The bucket is there, not where it was looked for; false for what is no region. */
  async moveTo(region: string): Promise<boolean> {
    if (!REGION.test(region)) return false;
    const { sdk, config, options } = this.#it;
    this.#place = await placeOf(sdk, config, { ...options, region });
    return true;
  }

  /**
   * The headers to send; `now` by the service's clock. Throws `access-denied`, or `remote-unavailable` when the place
   * that signs in does not answer.
   */
  async sign({ method, url, query, headers }: Unsigned, now: number): Promise<Record<string, string>> {
    await this.#mustHaveCredentials();
    const { hostname, port, protocol, pathname } = url;
    const signer = await this.#it.client.config.signer();
    const request = {
      method,
      protocol,
      hostname,
      ...(port && { port: Number(port) }),
      path: pathname,
      query,
      headers: { host: url.host, ...headers },
    };
    const how = { signingDate: new Date(now), signingRegion: this.#place.region, signingService: "s3" };
    try {
      return (await signer.sign(request, how)).headers;
    } catch (error) {
      throw failureOf(error, this.#it.config.profile);
    }
  }

  async #mustHaveCredentials(): Promise<void> {
    const now = this.#it.options.clock.now();
    if (this.#isFixed || now < this.#until) return;
    const { expiration } = await this.#ask(() => this.#it.client.config.credentials());
    this.#until = expiration ? Math.max(now, expiration.getTime() - RENEWED_EARLY) : Number.POSITIVE_INFINITY;
  }

  /** Makes the next request sign in with credentials that are asked for anew. */
  async renew(): Promise<void> {
    if (this.#isFixed) return;
    this.#until = 0;
    await this.#ask(() => this.#it.client.config.credentials({ forceRefresh: true }));
  }

  /** Who this is, as far as credentials tell without asking anybody. Throws as `sign`. */
  async identity(): Promise<string> {
    const { accessKeyId, accountId } = await this.#ask(() => this.#it.client.config.credentials());
    const { profile } = this.#it.config;
    const key =
      accessKeyId.length > 12 ? `${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}` : accessKeyId.slice(0, 4);
    const known = [...(accountId ? [`account ${accountId}`] : []), ...(profile ? [`profile '${profile}'`] : [])];
    return `access key ${key}${known.length > 0 ? ` (${known.join(", ")})` : ""}`;
  }

  /** Of the environment: nobody is asked for them, and nobody has newer ones. */
  get #isFixed(): boolean {
    return this.#it.config.credentials !== undefined;
  }

  /** Ends the wait when the limit or the signal says so: what Amazon's client asks for credentials knows neither. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    const { clock, signal, inactivityMs } = this.#it.options;
    const late = (): MvgitError =>
      new MvgitError("remote-stalled", "nobody signed in these credentials in time", { hint: TRY_LATER });
    try {
      return await withinLimit(question, { clock, signal, ms: inactivityMs, late });
    } catch (error) {
      throw signal.aborted ? error : failureOf(error, this.#it.config.profile);
    }
  }
}

const TRY_LATER = "check the network and run the command again";
const NETWORK = /^(?:ECONN[A-Z]+|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;

function failureOf(error: unknown, profile: string | undefined): MvgitError {
  if (isMvgitError(error)) return error;
  const text = error instanceof Error ? (error.message.split("\n")[0] ?? "").slice(0, 300) : "unknown error";
  const message = display(text.replace(/\.$/, ""));
  if (NETWORK.test(systemCode(error) ?? "")) {
    return new MvgitError("remote-unavailable", `nobody can be asked to sign in: ${message}`, {
      hint: TRY_LATER,
      cause: error,
    });
  }
  const asked = profile === undefined ? "" : ` of the profile '${display(profile)}'`;
  return new MvgitError("access-denied", `no usable AWS credentials${asked}: ${message}`, {
    hint: WORDS.signIn,
    cause: error,
  });
}
