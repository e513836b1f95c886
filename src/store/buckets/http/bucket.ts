/** A folder that a web server serves, as a bucket that can only be read. */
import { isMvgitError } from "../../../base/errors.ts";
import { leave } from "../../../base/redirects.ts";
import { CLOUD_RETRY, type RetryPolicy } from "../../../base/retry.ts";
import { INACTIVITY } from "../../../base/times.ts";
import type { AccessReport, ObjectName, ObjectRange, ObjectStat, OpenedBucket } from "../../bucket.ts";
import { mustReach } from "../../cloud/empty-range.ts";
import { contentRange, refusedTotal } from "../../cloud/ranges.ts";
import type { Tries } from "../../cloud/tries.ts";
import type { BucketContext } from "../../driver.ts";
import type { HttpAnswer } from "../../../base/http.ts";
import type { Purpose } from "../../cloud/failures.ts";
import { readObject } from "./read.ts";
import { count, lengthOf, NOW, timeOf, TOGETHER, versionOf, Web } from "./web.ts";

export interface HttpOptions extends Pick<BucketContext, "env" | "watch"> {
  /** Without a slash at the end. */
  address: string;
  /** Milliseconds without a byte after which a request is ended; 60,000 when absent. */
  inactivityMs?: number;
  retry?: RetryPolicy;
}

/** Makes no request. */
export function openHttp(options: HttpOptions): OpenedBucket {
  const { clock, signal } = options.watch;
  return new HttpBucket(new Web({ inactivityMs: INACTIVITY, retry: CLOUD_RETRY, ...options, clock, signal }));
}

/** What a server answers to HEAD that it does not know. */
const NO_HEAD = new Set([405, 501]);

class HttpBucket implements OpenedBucket {
  readonly address: string;
  readonly concurrency = { small: TOGETHER, large: 2 };
  readonly #web: Web;

  constructor(web: Web) {
    this.address = web.address;
    this.#web = web;
  }

  async head(name: ObjectName): Promise<ObjectStat | null> {
    const purpose = this.#web.purpose(`look for '${name}'`);
    const tries = this.#web.tries(purpose);
    for (;;) {
      const found = await tries.catching(() => this.#look(name, { purpose, tries }));
      if (found !== null) return found.stat;
    }
  }

  /** Null after an answer that another try may mend. */
  async #look(name: ObjectName, asking: Asking): Promise<{ stat: ObjectStat | null } | null> {
    const { purpose, tries } = asking;
    const answer = await this.#web.send("HEAD", name, { purpose, headers: NOW });
    const { status, headers } = answer;
    const size = status === 200 ? lengthOf(headers) : null;
    if (size !== null) return leave(answer).then(() => ({ stat: statOf(headers, size) }));
    if (status === 200 || NO_HEAD.has(status)) return leave(answer).then(() => this.#measure(name, asking));
    const reply = await this.#web.refusal(answer);
    if (reply === null) return { stat: null };
    await tries.after(reply);
    return null;
  }

  /** As `#look`, by asking for a byte of it; where the server gives no parts, by all of it. */
  async #measure(name: ObjectName, { purpose, tries }: Asking): Promise<{ stat: ObjectStat | null } | null> {
    const answer = await this.#web.send("GET", name, { purpose, headers: { ...NOW, range: "bytes=0-0" } });
    const size = await sizeOf(answer, purpose);
    if (size !== null) return { stat: statOf(answer.headers, size) };
    const reply = await this.#web.refusal(answer);
    if (reply === null) return { stat: null };
    await tries.after(reply);
    return null;
  }

  async *get(name: ObjectName, range?: ObjectRange): AsyncGenerator<Uint8Array> {
    if (range && range.start === range.end)
      return await mustReach(this, name, { range, purpose: this.#web.purpose(`read '${name}'`) });
    yield* readObject(this.#web, name, range);
  }

  /** Any answer is one: what the server says of a folder's address says nothing of what lies in it. */
  async inspect(): Promise<AccessReport> {
    const what = "web server answers";
    const report = { identity: "nobody: a web server is read without signing in" };
    try {
      await leave(await this.#web.send("HEAD", "", { purpose: this.#web.purpose("look for it") }));
      return { ...report, checks: [{ what, ok: true }] };
    } catch (error) {
      if (!isMvgitError(error) || error.code === "interrupted") throw error;
      return { ...report, checks: [{ what, ok: false, advice: error.message }] };
    }
  }
}

interface Asking {
  purpose: Purpose;
  tries: Tries;
}

function statOf(headers: HttpAnswer["headers"], size: number): ObjectStat {
  return { size, version: versionOf(headers, size), created: timeOf(headers) };
}

/** Of the whole, as the answer to a request for its first byte tells; null for one that is no success. */
async function sizeOf(answer: HttpAnswer, purpose: Purpose): Promise<number | null> {
  const { status, headers } = answer;
  const range = headers["content-range"];
  if (status === 200 && lengthOf(headers) === null) return count(answer, purpose);
  const told = { 200: lengthOf(headers), 206: contentRange(range)?.total, 416: refusedTotal(range) }[status];
  if (told === undefined || told === null) return null;
  await leave(answer);
  return told;
}
