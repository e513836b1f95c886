/** Requests to one Git server over HTTP: signed in where asked, redirected once, bounded, tried again. */
import { HttpClient, type HttpAnswer } from "../../base/http.ts";
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { Backoff, type RetryPolicy } from "../../base/retry.ts";
import { INACTIVITY } from "../../base/times.ts";
import { type Credentials, isLoopback } from "./address.ts";
import { notGit } from "./pkt-line.ts";
import type { RemoteOptions } from "./transport.ts";

/** What is asked of the service. */
export interface GitHttpRequest {
  /** Absent: what the service can do. */
  body?: Buffer;
  /** Bytes that the answer may have. */
  cap: number;
}

/** What takes an answer's bytes as they come. */
export interface Collector {
  /** Never throws. */
  add(chunk: Uint8Array): void;
  end(): Buffer;
}

class Whole implements Collector {
  readonly #chunks: Uint8Array[] = [];

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  end(): Buffer {
    return Buffer.concat(this.#chunks.splice(0));
  }
}

const SERVICE = "git-upload-pack";
const MAX_REDIRECTS = 5;
const RETRY: RetryPolicy = { tries: 4, totalMs: 60_000, baseMs: 500, capMs: 8_000 };

/** One Git server, asked any number of times. Throws as `ask` says, and the reason of the signal. */
export class GitHttpSession {
  readonly #client: HttpClient;
  readonly #options: RemoteOptions;
  readonly #origin: string;
  readonly #shown: string;
  readonly #findCredentials: () => Promise<Credentials | null>;
  /** The repository, where the server finally said it is. */
  #base: URL;
  #credentials: Credentials | null = null;
  #asked = false;

  /** `findCredentials` is asked at most once, when the server that was named, and no other, wants to know who it is. */
  constructor(url: URL, options: RemoteOptions, findCredentials: () => Promise<Credentials | null>) {
    this.#client = new HttpClient(options.inactivityMs ?? INACTIVITY, options.signal);
    this.#options = options;
    this.#base = url;
    this.#origin = url.origin;
    this.#shown = display(url.href);
    this.#findCredentials = findCredentials;
  }

  /**
   * The whole answer's body, or what the collector, made anew for each try, makes of it. Throws `access-denied`,
   * `remote-missing`, `not-a-repository`, `remote-unavailable`, `remote-stalled`.
   */
  async ask(request: GitHttpRequest, collector: () => Collector = () => new Whole()): Promise<Buffer> {
    const { clock, signal, retry = RETRY } = this.#options;
    const backoff = new Backoff(clock, signal, retry);
    for (;;) {
      try {
        return await this.#once(request, collector());
      } catch (error) {
        if (!(error instanceof TryAgain)) throw error;
        await backoff.wait(error.failure, error.afterMs);
      }
    }
  }

  async #once(request: GitHttpRequest, collector: Collector): Promise<Buffer> {
    let url = this.#url(request);
    for (let redirects = 0; ;) {
      const answer = await this.#send(url, request);
      if (answer.status === 401 && (await this.#signIn())) {
        await drop(answer);
      } else if (answer.status >= 300 && answer.status < 400 && answer.headers.location !== undefined) {
        url = this.#redirected(url, answer.headers.location, request, ++redirects);
        await drop(answer);
      } else {
        return this.#body(answer, request, collector);
      }
    }
  }

  #url({ body }: GitHttpRequest): URL {
    const base = this.#base.href.replace(/\/+$/, "");
    return new URL(body ? `${base}/${SERVICE}` : `${base}/info/refs?service=${SERVICE}`);
  }

  async #send(url: URL, { body }: GitHttpRequest): Promise<HttpAnswer> {
    const headers: Record<string, string> = { "user-agent": "git/mvgit", accept: "*/*", "git-protocol": "version=2" };
    if (this.#credentials && url.origin === this.#origin) headers["authorization"] = basic(this.#credentials);
    if (body)
      Object.assign(headers, {
        "content-type": `application/x-${SERVICE}-request`,
        accept: `application/x-${SERVICE}-result`,
        "content-length": String(body.length),
      });
    try {
      return await this.#client.send({ method: body ? "POST" : "GET", url, headers, ...(body && { body: [body] }) });
    } catch (error) {
      throw networkFailure(error);
    }
  }

  /** True when there are credentials that were not tried yet. */
  async #signIn(): Promise<boolean> {
    if (this.#asked || this.#base.origin !== this.#origin) return false;
    this.#asked = true;
    const found = await this.#findCredentials();
    if (found && this.#base.protocol === "http:" && !isLoopback(this.#base)) {
      throw new MvgitError(
        "access-denied",
        `'${this.#shown}' asks for credentials, which are not sent over plain http`,
        { subject: this.#shown, hint: "use its https:// address" },
      );
    }
    this.#credentials = found;
    return found !== null;
  }

  /**
   * Where the server says the repository is. As Git does, only the first question is redirected, and never to something
   * less safe.
   */
  #redirected(from: URL, location: string, { body }: GitHttpRequest, redirects: number): URL {
    const to = URL.canParse(location, from.href) ? new URL(location, from) : null;
    const suffix = `/info/refs?service=${SERVICE}`;
    const isSafe =
      to !== null &&
      (to.protocol === "https:" ||
        (to.protocol === "http:" && from.protocol === "http:" && (isLoopback(to) || this.#options.insecure === true)));
    if (body || !isSafe || redirects > MAX_REDIRECTS || !to.href.endsWith(suffix)) {
      throw new MvgitError("remote-unavailable", `'${this.#shown}' redirects to where mvgit does not follow`, {
        subject: this.#shown,
        hint: "name the repository by its final address",
      });
    }
    to.username = to.password = "";
    this.#base = new URL(to.href.slice(0, -suffix.length));
    return to;
  }

  async #body(answer: HttpAnswer, { body, cap }: GitHttpRequest, collector: Collector): Promise<Buffer> {
    const { status, headers } = answer;
    if (status !== 200) {
      await drop(answer);
      throw this.#failure(status, Number(headers["retry-after"]) * 1000 || 0);
    }
    const wanted = `application/x-${SERVICE}-${body ? "result" : "advertisement"}`;
    if (headers["content-type"]?.split(";")[0]?.trim() !== wanted) {
      await drop(answer);
      throw new MvgitError("not-a-repository", `'${this.#shown}' answers, but not as a Git repository does`, {
        subject: this.#shown,
        hint: "check the address; a page to sign in may stand before it, and hosts of plain files are not supported",
      });
    }
    if ((headers["content-encoding"] ?? "identity") !== "identity")
      throw notGit("it packs its answer in a way that nobody asked for");
    return this.#collect(answer, cap, collector);
  }

  async #collect(answer: HttpAnswer, cap: number, collector: Collector): Promise<Buffer> {
    let size = 0;
    try {
      for await (const chunk of answer.body) {
        size += chunk.length;
        if (size > cap) throw tooMuch(this.#shown, cap);
        collector.add(chunk);
      }
    } catch (error) {
      throw networkFailure(error);
    }
    return collector.end();
  }

  #failure(status: number, afterMs: number): Error {
    const subject = this.#shown;
    if (status === 401 || status === 403) {
      const elsewhere = this.#base.origin !== this.#origin;
      const refused = this.#credentials ? "refused these credentials" : "wants to know who you are";
      const why = elsewhere ? `redirects to '${display(this.#base.host)}', which wants credentials` : refused;
      return new MvgitError("access-denied", `'${subject}' ${why} (HTTP ${status})`, {
        subject,
        hint: elsewhere
          ? "name the repository by its final address"
          : prose`set MVGIT_GIT_TOKEN to a token that may read the repository, and MVGIT_GIT_USER where the
            host wants a name`,
      });
    }
    if (status === 404 || status === 410) {
      return new MvgitError(
        "remote-missing",
        `there is no Git repository at '${subject}', or it is not shown to you (HTTP ${status})`,
        { subject, hint: "check the address; for a private repository set MVGIT_GIT_TOKEN" },
      );
    }
    const failure = new MvgitError("remote-unavailable", `'${subject}' answers with HTTP ${status}`, {
      subject,
      hint: "try again later",
    });
    return status === 408 || status === 429 || status >= 500 ? new TryAgain(failure, afterMs) : failure;
  }
}

/** A failure that may be gone at the next try. */
class TryAgain extends Error {
  readonly failure: MvgitError;
  readonly afterMs: number;

  constructor(failure: MvgitError, afterMs = 0) {
    super(failure.message);
    this.failure = failure;
    this.afterMs = afterMs;
  }
}

function networkFailure(error: unknown): unknown {
  return error instanceof MvgitError && error.code === "remote-unavailable" ? new TryAgain(error) : error;
}

/** Ends an exchange whose body nobody needs. */
async function drop(answer: HttpAnswer): Promise<void> {
  let size = 0;
  try {
    for await (const chunk of answer.body) if ((size += chunk.length) > 65_536) break;
  } catch {
    // What it said is known from its head.
  }
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** For an answer beyond its cap in bytes. */
export function tooMuch(shown: string, cap: number): MvgitError {
  return new MvgitError("not-supported", `'${shown}' sends more than ${Math.round(cap / 1_048_576)} MiB`, {
    subject: shown,
    hint: "clone the repository with Git, and use the clone",
  });
}
