/** Google Cloud Storage as a bucket. */
import type { Clock } from "../../../base/clock.ts";
import { CLOUD_RETRY, type RetryPolicy } from "../../../base/retry.ts";
import { INACTIVITY } from "../../../base/times.ts";
import type { BlobSource } from "../../bytes.ts";
import type { AccessReport, InspectableBucket, ObjectName, ObjectRange, ObjectStat, PutOutcome } from "../../bucket.ts";
import { mustReach } from "../../cloud/empty-range.ts";
import { type Purpose, replacedMeanwhile, unusable } from "../../cloud/failures.ts";
import { allPages, type Page } from "../../cloud/pages.ts";
import { downloadRange } from "../../cloud/parallel.ts";
import type { UploadSessions } from "../../cloud/upload-sessions.ts";
import { proxyFor } from "../../../base/proxy.ts";
import { inspectGcs } from "./access.ts";
import { type GcsPlace, gcsAddress } from "./address.ts";
import { GcsApi } from "./api.ts";
import { objectReader } from "./read.ts";
import { uploadLarge } from "./session.ts";
import { signIn } from "./sign-in.ts";
import { replaceSmall, SMALL_UPLOAD, STAT_FIELDS, statOf, uploadSmall } from "./upload.ts";

export interface GcsOptions extends GcsPlace {
  env: Readonly<Record<string, string | undefined>>;
  /** Of the API, and a key file: from the user's own settings, never from a repository. */
  endpoint?: string | undefined;
  keyFile?: string | undefined;
  clock: Clock;
  signal: AbortSignal;
  /** Where uploads that were cut are remembered across processes. */
  sessions?: UploadSessions;
  /** Milliseconds without a byte after which a request is ended; 60,000 when absent. */
  inactivityMs?: number;
  retry?: RetryPolicy;
}

/**
 * Finds credentials' whereabouts; makes no request. Throws `setting-invalid` for an endpoint or a proxy that is none.
 */
export async function openGcs(options: GcsOptions): Promise<InspectableBucket> {
  const { clock, signal, bucket, inactivityMs = INACTIVITY, retry = CLOUD_RETRY } = options;
  const address = gcsAddress(options);
  const signedIn = await signIn({ ...options, inactivityMs });
  const proxy = proxyFor(new URL(signedIn.endpoint), options.env);
  const api = new GcsApi({ signIn: signedIn, bucket, address, clock, signal, retry, inactivityMs, proxy });
  return new GcsBucket(api, options);
}

/** Names in one page of a listing: the most that the API gives. */
const PAGE = 1000;

type Listed = { name: ObjectName } & ObjectStat;

class GcsBucket implements InspectableBucket {
  readonly address: string;
  readonly concurrency = { small: 32, large: 2 };
  readonly #api: GcsApi;
  readonly #bucket: string;
  readonly #root: string;
  readonly #sessions: UploadSessions | undefined;

  constructor(api: GcsApi, { bucket, prefix, sessions }: Pick<GcsOptions, "bucket" | "prefix" | "sessions">) {
    this.address = api.address;
    this.#api = api;
    this.#bucket = bucket;
    this.#root = prefix === "" ? "" : `${prefix}/`;
    this.#sessions = sessions;
  }

  async head(name: ObjectName): Promise<ObjectStat | null> {
    const action = `look for '${name}'`;
    const url = this.#urlOf(name, { fields: `kind,${STAT_FIELDS}` });
    const { status, json } = await this.#api.call({
      method: "GET",
      url,
      action,
      accept: [200, 404],
      kind: "storage#object",
    });
    if (status === 200) return statOf(json, this.#api.purpose(action));
    await this.#api.mustExist(action);
    return null;
  }

  async *get(name: ObjectName, range?: ObjectRange): AsyncGenerator<Uint8Array> {
    if (range && range.start === range.end)
      return await mustReach(this, name, { range, purpose: this.#api.purpose(`read '${name}'`) });
    yield* downloadRange(objectReader(this.#api, this.#root + name), range);
  }

  async putIfAbsent(name: ObjectName, source: BlobSource): Promise<PutOutcome> {
    if (source.size <= SMALL_UPLOAD) return uploadSmall(this.#api, this.#root + name, source);
    // The precondition may be looked at only after all bytes were sent.
    const found = await this.head(name);
    if (found !== null) return found.size === source.size ? "present" : { found };
    return uploadLarge(this.#api, { name: this.#root + name, source, sessions: this.#sessions });
  }

  async replace(name: ObjectName, version: string, source: BlobSource): Promise<void> {
    const full = this.#root + name;
    if (source.size <= SMALL_UPLOAD) return replaceSmall(this.#api, { name: full, version, source });
    await uploadLarge(this.#api, { name: full, source, sessions: this.#sessions, replaces: version });
  }

  list(prefix: string): AsyncGenerator<Listed> {
    return allPages((token) => this.#page(prefix, token), this.#listing);
  }

  async #page(prefix: string, token: string): Promise<Page<Listed>> {
    const { action } = this.#listing;
    const fields = `kind,nextPageToken,items(name,${STAT_FIELDS})`;
    const query = {
      prefix: this.#root + prefix,
      maxResults: String(PAGE),
      fields,
      ...(token !== "" && { pageToken: token }),
    };
    const url = this.#api.url("/o", query);
    const { status, json } = await this.#api.call({
      method: "GET",
      url,
      action,
      accept: [200, 404],
      kind: "storage#objects",
    });
    if (status === 404) await this.#api.mustExist(action);
    const items = json?.["items"] ?? [];
    const next = json?.["nextPageToken"] ?? null;
    if (json === null || !Array.isArray(items) || (next !== null && typeof next !== "string")) {
      throw unusable("gave a page that is none", this.#listing);
    }
    return { items: items.flatMap((item) => this.#itemOf(item)), next: next === "" ? null : next };
  }

  /** Empty for the mark that Google's console makes of a folder. */
  #itemOf(item: unknown): Listed[] {
    const name = (item as { name?: unknown } | null)?.name;
    if (typeof name !== "string" || !name.startsWith(this.#root))
      throw unusable("listed a name that was not asked for", this.#listing);
    const own = name.slice(this.#root.length);
    return own === "" || own.endsWith("/") ? [] : [{ name: own, ...statOf(item, this.#listing) }];
  }

  async delete(name: ObjectName, version: string): Promise<void> {
    const action = `delete '${name}'`;
    const url = this.#urlOf(name, { ifGenerationMatch: version });
    const { status } = await this.#api.call({ method: "DELETE", url, action, accept: [200, 204, 404, 412] });
    if (status === 404) await this.#api.mustExist(action);
    // An absent object may fail the precondition too.
    if (status !== 412 || (await this.head(name)) === null) return;
    throw replacedMeanwhile(name, this.address);
  }

  inspect(): Promise<AccessReport> {
    return inspectGcs(this.#api, this.#bucket);
  }

  #urlOf(name: ObjectName, query: Record<string, string>): URL {
    return this.#api.url(`/o/${encodeURIComponent(this.#root + name)}`, query);
  }

  get #listing(): Purpose {
    return this.#api.purpose("list objects");
  }
}
