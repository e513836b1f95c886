/** Where the API is and as whom requests are made: Google's own client finds and renews credentials. */
import type { Clock } from "../../../base/clock.ts";
import { isMvgitError, MvgitError, systemCode } from "../../../base/errors.ts";
import { refuseRelative } from "../../../base/own-variables.ts";
import { display } from "../../../base/paths.ts";
import type { Storage } from "@google-cloud/storage";
import { endpointOf, mayCarryCredentials } from "../../cloud/endpoint.ts";
import { withinLimit } from "../../cloud/limit.ts";
import { WORDS } from "./words.ts";

type GoogleAuth = Storage["authClient"];
type AuthClient = Awaited<ReturnType<GoogleAuth["getClient"]>>;

export interface SignIn {
  /** Scheme, host and port of the API. */
  readonly endpoint: string;
  /**
   * What each request carries. Throws `access-denied`, or `remote-unavailable` when the place that signs does not
   * answer.
   */
  headers(): Promise<Record<string, string>>;
  /** Makes the next `headers()` ask for a new token. */
  renew(): Promise<void>;
  /** Who this is, as far as credentials tell without asking Google. Throws as `headers`. */
  identity(): Promise<string>;
}

export interface SignInOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** From the user's own settings, never from a repository. */
  endpoint?: string | undefined;
  keyFile?: string | undefined;
  clock: Clock;
  signal: AbortSignal;
  inactivityMs: number;
}

/** Of endpoints, for advice. */
const EXAMPLES = ["https://storage.googleapis.com", "http://localhost:4443"];

/** Loads Google's client, unless an emulator is named, which takes no credentials. Throws `setting-invalid`. */
export async function signIn(options: SignInOptions): Promise<SignIn> {
  const { env, endpoint } = options;
  const emulator = env["STORAGE_EMULATOR_HOST"];
  if (emulator)
    return anonymous(
      endpointOf(emulator.includes("://") ? emulator : `http://${emulator}`, EXAMPLES),
      "emulator, no credentials",
    );
  const named = endpoint === undefined ? undefined : endpointOf(endpoint, EXAMPLES);
  const keyFile = options.keyFile ?? env["GOOGLE_APPLICATION_CREDENTIALS"];
  if (named && !mayCarryCredentials(named, keyFile !== undefined))
    return anonymous(named, "no credentials, because the endpoint is not https");
  if (options.keyFile === undefined) refuseRelative(env, ["GOOGLE_APPLICATION_CREDENTIALS"]);
  const { Storage } = await import("@google-cloud/storage");
  const storage = new Storage({ ...(named && { apiEndpoint: named }), ...(keyFile && { keyFilename: keyFile }) });
  // The address of an emulator that only the process knows must not replace what the caller handed over.
  return new GoogleSignIn(named ?? storage.apiEndpoint, storage.authClient, options);
}

function anonymous(endpoint: string, identity: string): SignIn {
  return { endpoint, headers: async () => ({}), renew: async () => undefined, identity: async () => identity };
}

class GoogleSignIn implements SignIn {
  readonly endpoint: string;
  readonly #auth: GoogleAuth;
  readonly #options: SignInOptions;

  constructor(endpoint: string, auth: GoogleAuth, options: SignInOptions) {
    this.endpoint = endpoint;
    this.#auth = auth;
    this.#options = options;
  }

  headers(): Promise<Record<string, string>> {
    return this.#ask(async () => ({ ...(await (await this.#client()).getRequestHeaders()) }));
  }

  renew(): Promise<void> {
    return this.#ask(async () => {
      const client = await this.#client();
      client.setCredentials({ ...client.credentials, expiry_date: 1 });
    });
  }

  identity(): Promise<string> {
    return this.#ask(async () => {
      const client = await this.#client();
      const { client_email: mail } = await this.#auth.getCredentials();
      return mail ?? `credentials of kind ${client.constructor.name}, which name no account`;
    });
  }

  async #client(): Promise<AuthClient> {
    return this.#auth.getClient();
  }

  /** Ends the wait when the limit or the signal says so: Google's client knows neither. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    const { clock, signal, inactivityMs } = this.#options;
    const late = (): MvgitError =>
      new MvgitError("remote-stalled", "Google did not sign in these credentials in time", { hint: TRY_LATER });
    try {
      return await withinLimit(question, { clock, signal, ms: inactivityMs, late });
    } catch (error) {
      throw signal.aborted ? error : failureOf(error);
    }
  }
}

const TRY_LATER = "check the network and run the command again";
const NETWORK = /^(E[A-Z]+|5\d\d|429|408)$/;

function failureOf(error: unknown): MvgitError {
  if (isMvgitError(error)) return error;
  const message = display(
    error instanceof Error ? (error.message.split("\n")[0] ?? "").slice(0, 300) : "unknown error",
  );
  const code = systemCode(error) ?? "";
  if (NETWORK.test(code) && !FILE_ERRORS.has(code)) {
    return new MvgitError("remote-unavailable", `Google cannot be asked to sign in: ${message}`, {
      hint: TRY_LATER,
      cause: error,
    });
  }
  return new MvgitError("access-denied", `no usable Google credentials: ${message}`, {
    hint: WORDS.signIn,
    cause: error,
  });
}

/** A key file that cannot be read is no trouble of the network. */
const FILE_ERRORS = new Set(["ENOENT", "EACCES", "EISDIR", "EPERM", "ENOTDIR"]);
