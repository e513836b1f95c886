/** An object replaced while it is a certain version, and confirmed by reading it back. */
import { readBody } from "../../../base/http.ts";
import type { BlobSource } from "../../bytes.ts";
import type { ObjectStat } from "../../bucket.ts";
import { objectMissing, type Purpose, replacedMeanwhile, unconfirmed, unusable } from "../../cloud/failures.ts";
import { SourceReading } from "../../cloud/source.ts";
import type { Tries } from "../../cloud/tries.ts";
import type { Reply } from "../../cloud/verdict.ts";
import type { CallReply } from "./api.ts";
import { look, type Opened } from "./objects.ts";
import { tagIn, tagOf } from "./stat.ts";
import { LONGEST_WORDS, TYPE } from "./upload.ts";

interface Replacing {
  /** Prefix included. */
  name: string;
  version: string;
  source: BlobSource;
}

/**
 * As `replace`. The precondition of the endpoint, where it has one, knows tags and no times, and some take it and
 * replace: so the object is looked at before, and read back after unless the endpoint is known to keep its word.
 */
export async function replaceSmall(opened: Opened, { name, version, source }: Replacing): Promise<void> {
  const { bytes, crc: sum } = await new SourceReading(name, source, 0).finish();
  await new Replacement(opened, { name, version, bytes, sum }).run();
}

class Replacement {
  readonly #opened: Opened;
  readonly #name: string;
  readonly #bytes: Uint8Array;
  readonly #sum: string;
  readonly #purpose: Purpose;
  readonly #tries: Tries;
  /** What is replaced: the version given, or what came of these bytes on the way. */
  #version: string;
  /** A try may have been heard that was cut, or that somebody on the way answered. */
  #mayBeOurs = false;

  constructor(opened: Opened, sent: { name: string; version: string; bytes: Uint8Array; sum: string }) {
    this.#opened = opened;
    this.#name = sent.name;
    this.#version = sent.version;
    this.#bytes = sent.bytes;
    this.#sum = sent.sum;
    this.#purpose = opened.api.purpose(`replace '${sent.name}'`);
    this.#tries = opened.api.tries(this.#purpose.action);
  }

  async run(): Promise<void> {
    for (;;) {
      if (await this.#isDone()) return;
      const reply = await this.#tries.catching(() => this.#put());
      if (reply === null) this.#mayBeOurs = true;
      else if (reply.status === 200) {
        if (await this.#isConfirmed(reply)) return;
        await this.#tries.failed(unconfirmed(this.#purpose));
      } else if (reply.status === 404 || reply.status === 412) {
        if (await this.#isDone()) return;
        await this.#tries.failed(
          unusable(`refuses to replace the version that it has (${reply.status})`, this.#purpose),
        );
      } else if (!(await this.#isUnderstood(reply))) {
        this.#mayBeOurs = true;
        await this.#tries.after(reply);
      }
    }
  }

  /** True where an earlier try did it. Throws where another version is there, or none. */
  async #isDone(): Promise<boolean> {
    const found = await look(this.#opened, this.#name);
    if (found === null) throw objectMissing(this.#name, this.#opened.api.address);
    if (found.stat.version === this.#version) return false;
    if (this.#mayBeOurs && (await this.#isThere(found.stat))) return true;
    throw replacedMeanwhile(this.#name, this.#opened.api.address);
  }

  #put(): Promise<CallReply> {
    const { api, dialect } = this.#opened;
    return api.callOnce({
      method: "PUT",
      name: this.#name,
      headers: {
        "content-type": TYPE,
        ...(dialect.replacesByTag && { "if-match": `"${tagOf(this.#version)}"` }),
        ...dialect.sums(this.#bytes, this.#sum),
      },
      body: this.#bytes,
      action: this.#purpose.action,
    });
  }

  /** True where the same is to be said in other words. */
  async #isUnderstood({ status }: CallReply): Promise<boolean> {
    const { dialect } = this.#opened;
    if (status !== 501 && status !== 400) return false;
    if (status === 501 && dialect.replacesByTag) {
      dialect.replacesByTag = false;
      return true;
    }
    if (!dialect.hasCrc) return false;
    return dialect.retreat();
  }

  async #isConfirmed({ headers }: CallReply): Promise<boolean> {
    const tag = tagIn(headers["etag"]);
    if (tag === null) throw unusable("answered with something else than the storage service does", this.#purpose);
    if (this.#opened.dialect.keepsMatches && headers["x-amz-checksum-crc32c"] === this.#sum) return true;
    const found = await look(this.#opened, this.#name);
    if (found === null) throw objectMissing(this.#name, this.#opened.api.address);
    if (await this.#isThere(found.stat)) return true;
    if (tagOf(found.stat.version) !== tag) throw replacedMeanwhile(this.#name, this.#opened.api.address);
    this.#version = found.stat.version;
    return false;
  }

  /** Whether what was found has these bytes. */
  async #isThere(found: ObjectStat): Promise<boolean> {
    if (found.size !== this.#bytes.length) return false;
    for (;;) {
      const reply = await this.#tries.catching(() => this.#readBack(found));
      if (reply?.status === 200) return reply.bytes.equals(this.#bytes);
      // Gone, or another one by now.
      if (reply?.status === 404) return false;
      if (reply !== null) await this.#tries.after({ ...reply, text: reply.bytes.toString("utf8") });
    }
  }

  async #readBack({ size, version }: ObjectStat): Promise<Omit<Reply, "text"> & { bytes: Buffer }> {
    const answer = await this.#opened.api.send({ method: "GET", name: this.#name });
    const { status, headers } = answer;
    const bytes = await readBody(answer, Math.max(LONGEST_WORDS, size));
    const tag = tagIn(headers["etag"]);
    if (status === 200 && (tag === null || (tag === tagOf(version) && bytes.length !== size)))
      throw unusable("gave something else than the object that it described", this.#purpose);
    return { status, headers, bytes };
  }
}
