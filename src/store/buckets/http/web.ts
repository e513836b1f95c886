/** Requests for what lies below one address: redirects followed, answers read for what they say of an object. */
import type { Clock } from "../../../base/clock.ts";
import { type HttpAnswer, readBody } from "../../../base/http.ts";
import { display } from "../../../base/paths.ts";
import { FollowingClient, leave, RedirectRefused } from "../../../base/redirects.ts";
import type { RetryPolicy } from "../../../base/retry.ts";
import type { ObjectName } from "../../bucket.ts";
import { Asking } from "../../cloud/asking.ts";
import { type Purpose, unusable } from "../../cloud/failures.ts";
import type { Tries } from "../../cloud/tries.ts";
import type { Reply } from "../../cloud/verdict.ts";
import { compressed, judgeWeb, strayed, WORDS } from "./words.ts";

export interface WebOptions {
  /** Without a slash at the end. */
  address: string;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  signal: AbortSignal;
  retry: RetryPolicy;
  /** Milliseconds. */
  inactivityMs: number;
}

/** Small objects at once. */
export const TOGETHER = 16;
/** Python's server has a queue of five, and lets what is more wait for seconds, each time where it keeps nothing. */
const CONNECTIONS = { first: 6, kept: TOGETHER };

/** Of requests for what may have changed: caches on the way are to look whether it did. */
export const NOW = { "cache-control": "no-cache" };

type Headers = HttpAnswer["headers"];

/** Of an answer that is no success. */
const LONGEST_WORDS = 1024 * 1024;
/** The server has no such object. */
const ABSENT = new Set([404, 410]);

/** Throws as `FollowingClient.send`, with `remote-foreign` for a redirect that is not followed. */
export class Web {
  readonly address: string;
  readonly #asking: Asking;
  readonly #client: FollowingClient;

  constructor(options: WebOptions) {
    this.address = options.address;
    this.#asking = new Asking({ ...options, words: WORDS, judge: judgeWeb });
    this.#client = new FollowingClient({ ...options, most: CONNECTIONS });
  }

  /** What a request is for, in messages. */
  purpose(action: string): Purpose {
    return this.#asking.purpose(action);
  }

  /** The tries of one piece of work. */
  tries({ action }: Purpose): Tries {
    return this.#asking.tries(action);
  }

  /** One exchange, whatever its status; throws `not-supported` for a body that is compressed. */
  async send(
    method: "GET" | "HEAD",
    name: ObjectName,
    { purpose, headers = {} }: { purpose: Purpose; headers?: Record<string, string> },
  ): Promise<HttpAnswer> {
    const url = new URL(`${this.address}/${name}`);
    const asked = { "accept-encoding": "identity", "user-agent": "mvgit", ...headers };
    try {
      const { answer } = await this.#client.send({ method, url, headers: asked });
      const encoding = answer.headers["content-encoding"] ?? "identity";
      if (![200, 206].includes(answer.status) || encoding.toLowerCase() === "identity") return answer;
      await leave(answer);
      throw compressed(display(encoding), purpose);
    } catch (error) {
      if (error instanceof RedirectRefused) throw strayed(error.message, purpose, error);
      throw error;
    }
  }

  /** Null for an answer that says that nothing is there; of any other that is no success, what it says. */
  async refusal(answer: HttpAnswer): Promise<Reply | null> {
    if (ABSENT.has(answer.status)) return leave(answer).then(() => null);
    const text = (await readBody(answer, LONGEST_WORDS)).toString("utf8");
    return { status: answer.status, headers: answer.headers, text };
  }
}

/**
 * Another one whenever the object is replaced, as far as the server tells: its entity tag where that is of the bytes,
 * else all that an answer says.
 */
export function versionOf({ etag, "last-modified": modified }: Headers, total: number): string {
  return etag !== undefined && !/^w\//i.test(etag) ? etag : [etag, modified, total].join(" ").trim();
}

/** Milliseconds since 1970; 0 where the server does not tell. */
export function timeOf({ "last-modified": modified }: Headers): number {
  const time = Date.parse(modified ?? "");
  return Number.isNaN(time) ? 0 : time;
}

/** Bytes of the whole object, as an answer with status 200 says; null where it does not. */
export function lengthOf({ "content-length": length }: Headers): number | null {
  return /^\d{1,15}$/.test(length ?? "") ? Number(length) : null;
}

/**
 * Reads to the end of an answer that does not say how long it is: its bytes, or more than `most`. A cut must not look
 * like an end.
 */
export async function count(
  { headers, body }: HttpAnswer,
  purpose: Purpose,
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  if (headers["transfer-encoding"] !== "chunked") {
    await leave({ status: 200, headers, body });
    throw unusable("does not say how long it is", purpose);
  }
  let size = 0;
  for await (const { length } of body) {
    size += length;
    if (size > most) break;
  }
  return size;
}
