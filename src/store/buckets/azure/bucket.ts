/** Azure Blob Storage as a bucket. */
import type { Clock } from "../../../base/clock.ts";
import { proxyFor } from "../../../base/proxy.ts";
import { CLOUD_RETRY, type RetryPolicy } from "../../../base/retry.ts";
import { INACTIVITY } from "../../../base/times.ts";
import type { AccessReport, InspectableBucket, ObjectName, ObjectRange, ObjectStat, PutOutcome } from "../../bucket.ts";
import type { BlobSource } from "../../bytes.ts";
import { mustReach } from "../../cloud/empty-range.ts";
import { replacedMeanwhile } from "../../cloud/failures.ts";
import { Md5Thread } from "../../cloud/md5-thread.ts";
import { Memory } from "../../cloud/memory.ts";
import { allPages } from "../../cloud/pages.ts";
import { downloadRange } from "../../cloud/parallel.ts";
import { PARTS_MEMORY, uploadParts } from "../../cloud/part-upload.ts";
import { inspectAzure } from "./access.ts";
import { type AzurePlace, azureAddress } from "./address.ts";
import { BlockService, SERVICE_REMEMBERS } from "./blocks.ts";
import { type Listed, listPage } from "./listing.ts";
import { objectReader } from "./read.ts";
import { AzureService } from "./service.ts";
import { signIn, type TokenSource } from "./sign-in.ts";
import { look, replaceSmall, SMALL_UPLOAD, uploadSmall } from "./upload.ts";

export interface AzureOptions extends AzurePlace {
  env: Readonly<Record<string, string | undefined>>;
  /** Of the service: from the user's own settings, never from a repository without consent. */
  endpoint?: string | undefined;
  clock: Clock;
  signal: AbortSignal;
  /** Milliseconds without a byte after which a request is ended; 60,000 when absent. */
  inactivityMs?: number;
  retry?: RetryPolicy;
  /** Where tokens come from, instead of Azure's own way to find them. */
  tokens?: () => Promise<TokenSource>;
}

/**
 * Finds credentials' whereabouts; makes no request. Throws `setting-invalid` for an endpoint, a proxy or a credential
 * that is none.
 */
export async function openAzure(options: AzureOptions): Promise<InspectableBucket> {
  const { clock, signal, container, inactivityMs = INACTIVITY, retry = CLOUD_RETRY } = options;
  const address = azureAddress(options);
  const signedIn = await signIn({ ...options, inactivityMs });
  const proxy = proxyFor(new URL(signedIn.service), options.env);
  const service = new AzureService({ signIn: signedIn, container, address, clock, signal, retry, inactivityMs, proxy });
  return new AzureBucket(service, options);
}

class AzureBucket implements InspectableBucket {
  readonly address: string;
  readonly concurrency = { small: 32, large: 2 };
  readonly #service: AzureService;
  readonly #place: AzurePlace;
  readonly #root: string;
  readonly #memory = new Memory(PARTS_MEMORY, { isShared: true });
  readonly #md5Thread = new Md5Thread();

  constructor(service: AzureService, place: AzurePlace) {
    this.address = service.address;
    this.#service = service;
    this.#place = place;
    this.#root = place.prefix === "" ? "" : `${place.prefix}/`;
  }

  async head(name: ObjectName): Promise<ObjectStat | null> {
    const found = await look(this.#service, this.#root + name, this.#service.purpose(`look for '${name}'`));
    return found?.stat ?? null;
  }

  async *get(name: ObjectName, range?: ObjectRange): AsyncGenerator<Uint8Array> {
    if (range && range.start === range.end)
      return await mustReach(this, name, { range, purpose: this.#service.purpose(`read '${name}'`) });
    yield* downloadRange(objectReader(this.#service, this.#root + name), range);
  }

  async putIfAbsent(name: ObjectName, source: BlobSource): Promise<PutOutcome> {
    const full = this.#root + name;
    if (source.size <= SMALL_UPLOAD)
      return (await uploadSmall(this.#service, full, source)) ?? this.#uploadBlocks(full, source);
    // Blocks are taken whatever is there; only what is made of them is refused.
    const found = await this.head(name);
    if (found !== null) return found.size === source.size ? "present" : { found };
    return this.#uploadBlocks(full, source);
  }

  #uploadBlocks(name: string, source: BlobSource, replaces: string | null = null): Promise<PutOutcome> {
    return this.#md5Thread.during(source.size, (md5) => {
      const service = new BlockService(this.#service, name, { md5, replaces });
      return uploadParts({ service, name, source, sessions: SERVICE_REMEMBERS, memory: this.#memory });
    });
  }

  async replace(name: ObjectName, version: string, source: BlobSource): Promise<void> {
    const full = this.#root + name;
    if (source.size <= SMALL_UPLOAD) return replaceSmall(this.#service, { name: full, version, source });
    await this.#uploadBlocks(full, source, version);
  }

  list(prefix: string): AsyncGenerator<Listed> {
    const listing = { root: this.#root, prefix };
    return allPages((token) => listPage(this.#service, listing, token), this.#service.purpose("list objects"));
  }

  async delete(name: ObjectName, version: string): Promise<void> {
    const { status, code } = await this.#service.call({
      method: "DELETE",
      url: this.#service.url(this.#root + name),
      action: `delete '${name}'`,
      accept: [202, "BlobNotFound", "ConditionNotMet"],
      headers: { "if-match": `"${version}"` },
    });
    // An absent object may fail the precondition too.
    if (status === 202 || code === "BlobNotFound" || (await this.head(name)) === null) return;
    throw replacedMeanwhile(name, this.address);
  }

  inspect(): Promise<AccessReport> {
    return inspectAzure(this.#service, this.#place);
  }
}
