/** S3, at Amazon or elsewhere, as a bucket. */
import type { Clock } from "../../../base/clock.ts";
import { proxyFor } from "../../../base/proxy.ts";
import { CLOUD_RETRY, type RetryPolicy } from "../../../base/retry.ts";
import { INACTIVITY } from "../../../base/times.ts";
import type { BlobSource } from "../../bytes.ts";
import type { AccessReport, InspectableBucket, ObjectName, ObjectRange, ObjectStat, PutOutcome } from "../../bucket.ts";
import { mustReach } from "../../cloud/empty-range.ts";
import { Memory } from "../../cloud/memory.ts";
import { downloadRange } from "../../cloud/parallel.ts";
import { PARTS_MEMORY, uploadParts } from "../../cloud/part-upload.ts";
import type { UploadSessions } from "../../cloud/upload-sessions.ts";
import { inspectS3 } from "./access.ts";
import { type S3Place, s3Address } from "./address.ts";
import { S3Api } from "./api.ts";
import { Dialect } from "./dialect.ts";
import { type Listed, listNames } from "./list.ts";
import { Multipart } from "./multipart.ts";
import { look, type Opened, removeVersion } from "./objects.ts";
import { objectReader } from "./read.ts";
import { replaceSmall } from "./replace.ts";
import { signIn } from "./sign-in.ts";
import { SMALL_UPLOAD, uploadSmall } from "./upload.ts";

export interface S3Options extends S3Place {
  env: Readonly<Record<string, string | undefined>>;
  /** From the user's own settings, or consented to. */
  endpoint?: string | undefined;
  region?: string | undefined;
  pathStyle?: boolean | undefined;
  /** From the user's own settings, never from a repository. */
  profile?: string | undefined;
  clock: Clock;
  signal: AbortSignal;
  /** Told once where the endpoint does not know writes that never replace. */
  warn(text: string): void;
  /** Where uploads that were cut are remembered across processes. */
  sessions?: UploadSessions;
  /** Milliseconds without a byte after which a request is ended; 60,000 when absent. */
  inactivityMs?: number;
  retry?: RetryPolicy;
}

/** Makes no request. Throws `setting-invalid` for an endpoint, a region or a proxy that is none. */
export async function openS3(options: S3Options): Promise<InspectableBucket> {
  const { clock, signal, sessions, warn, inactivityMs = INACTIVITY, retry = CLOUD_RETRY } = options;
  const address = s3Address(options);
  const signedIn = await signIn({ ...options, inactivityMs });
  const { base, isAmazon } = signedIn.place;
  const proxy = proxyFor(new URL(base), options.env);
  const api = new S3Api({ signIn: signedIn, address, clock, signal, retry, inactivityMs, proxy });
  const dialect = new Dialect({ isAmazon, key: `${base} ${address}`, sessions, warn, address });
  return new S3Bucket({ api, dialect }, options);
}

class S3Bucket implements InspectableBucket {
  readonly address: string;
  readonly concurrency = { small: 32, large: 2 };
  readonly #opened: Opened;
  readonly #bucket: string;
  readonly #root: string;
  readonly #sessions: UploadSessions | undefined;
  readonly #memory = new Memory(PARTS_MEMORY);

  constructor(opened: Opened, { bucket, prefix, sessions }: Pick<S3Options, "bucket" | "prefix" | "sessions">) {
    this.address = opened.api.address;
    this.#opened = opened;
    this.#bucket = bucket;
    this.#root = prefix === "" ? "" : `${prefix}/`;
    this.#sessions = sessions;
  }

  async head(name: ObjectName): Promise<ObjectStat | null> {
    return (await look(this.#opened, this.#root + name))?.stat ?? null;
  }

  async *get(name: ObjectName, range?: ObjectRange): AsyncGenerator<Uint8Array> {
    if (range && range.start === range.end)
      return await mustReach(this, name, { range, purpose: this.#opened.api.purpose(`read '${name}'`) });
    yield* downloadRange(objectReader(this.#opened.api, this.#root + name, range?.of), range);
  }

  async putIfAbsent(name: ObjectName, source: BlobSource): Promise<PutOutcome> {
    const key = this.#root + name;
    if (source.size <= SMALL_UPLOAD) return uploadSmall(this.#opened, key, source);
    // The precondition is looked at only after all bytes were sent.
    const found = await this.head(name);
    if (found !== null) return found.size === source.size ? "present" : { found };
    const service = new Multipart(this.#opened, key);
    return uploadParts({ service, name: key, source, sessions: this.#sessions, memory: this.#memory });
  }

  async replace(name: ObjectName, version: string, source: BlobSource): Promise<void> {
    const key = this.#root + name;
    if (source.size <= SMALL_UPLOAD) return replaceSmall(this.#opened, { name: key, version, source });
    const service = new Multipart(this.#opened, key, version);
    await uploadParts({ service, name: key, source, sessions: this.#sessions, memory: this.#memory });
  }

  list(prefix: string): AsyncGenerator<Listed> {
    return listNames(this.#opened.api, this.#root, prefix);
  }

  delete(name: ObjectName, version: string): Promise<void> {
    return removeVersion(this.#opened, this.#root + name, version);
  }

  inspect(): Promise<AccessReport> {
    return inspectS3(this.#opened, { bucket: this.#bucket, root: this.#root });
  }
}
