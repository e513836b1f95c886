/** Small objects: sent from memory in one request that never replaces, and confirmed. */
import { isMvgitError } from "../../../base/errors.ts";
import { readBody } from "../../../base/http.ts";
import type { BlobSource } from "../../bytes.ts";
import type { ObjectStat, PutOutcome } from "../../bucket.ts";
import { bucketMissing, type Purpose, unconfirmed, unusable } from "../../cloud/failures.ts";
import { afterCut, isConfirmed, type Sent } from "../../cloud/sent.ts";
import { SourceReading } from "../../cloud/source.ts";
import type { Tries } from "../../cloud/tries.ts";
import type { CallReply } from "./api.ts";
import { isMd5, md5 } from "./dialect.ts";
import { look, type Opened, removeVersion, takenBy } from "./objects.ts";
import { tagIn, tagOf } from "./stat.ts";

/** Up to this many bytes an object is sent in one request. */
export const SMALL_UPLOAD = 16 * 1024 * 1024;

export const TYPE = "application/octet-stream";

/** Of an answer that is no success. */
export const LONGEST_WORDS = 1024 * 1024;
/** Of what tells a refusal of sums from others. */
const ABOUT_SUMS = /checksum|crc32c|x-amz-sdk/i;

export function uploadSmall(opened: Opened, name: string, source: BlobSource): Promise<PutOutcome> {
  return opened.dialect.write(async () => {
    const { bytes, crc } = await new SourceReading(name, source, 0).finish();
    return new SmallUpload(opened, { name, size: source.size, sum: crc }, bytes).run();
  });
}

/** What was there when it was read, and whether it is what was sent. */
interface ReadBack {
  stat: ObjectStat;
  /** Null where it was replaced between the look and the reading. */
  tag: string | null;
  isSame: boolean;
}

class SmallUpload {
  readonly #opened: Opened;
  readonly #sent: Sent & { sum: string };
  readonly #bytes: Uint8Array;
  readonly #tries: Tries;
  readonly #purpose: Purpose;
  /** Tries that may have left what is there. */
  #sendings = 0;
  /** The last try was cut: it may have been refused, and so would be the next one. */
  #wasCut = false;

  constructor(opened: Opened, sent: Sent & { sum: string }, bytes: Uint8Array) {
    this.#opened = opened;
    this.#sent = sent;
    this.#bytes = bytes;
    this.#purpose = opened.api.purpose(`write '${sent.name}'`);
    this.#tries = opened.api.tries(this.#purpose.action);
  }

  async run(): Promise<PutOutcome> {
    const { dialect } = this.#opened;
    for (;;) {
      const taken = await this.#lookedFirst();
      if (taken !== null) return taken;
      const reply = await this.#put([404, 412]);
      if (reply === null) continue;
      if (reply.status === 404) throw bucketMissing(this.#purpose);
      if (reply.status === 412) this.#sendings--;
      const outcome = reply.status === 412 ? await this.#taken() : await this.#confirmed(reply);
      if (outcome === "written" && dialect.isUntried) await this.#tryPrecondition();
      if (outcome !== null) return outcome;
      await this.#tries.failed(unconfirmed(this.#purpose));
    }
  }

  /** What has the name already, where the write itself may not tell. */
  #lookedFirst(): Promise<PutOutcome | null> {
    if (this.#opened.dialect.looksFirst) return this.#taken();
    return this.#wasCut ? afterCut(() => this.#taken()) : Promise.resolve(null);
  }

  #taken(): Promise<PutOutcome | null> {
    return takenBy(this.#opened, { ...this.#sent, sum: this.#sendings > 0 ? this.#sent.sum : null });
  }

  /** One write, in words that the endpoint understands. Null where it was cut, after the wait. */
  async #put(accept: readonly number[]): Promise<CallReply | null> {
    for (;;) {
      const reply = await this.#tries.catching(() => this.#putOnce());
      this.#wasCut = reply === null;
      if (reply === null || reply.status === 200 || accept.includes(reply.status)) return reply;
      const { dialect } = this.#opened;
      const isAboutSums = dialect.hasCrc && ABOUT_SUMS.test(reply.text) && !/Digest/.test(reply.code);
      const isRefusal = reply.status === 501 || (reply.status === 400 && isAboutSums);
      if (!isRefusal || !(await dialect.retreat())) await this.#tries.after(reply);
    }
  }

  #putOnce(): Promise<CallReply> {
    const { api, dialect } = this.#opened;
    this.#sendings++;
    return api.callOnce({
      method: "PUT",
      name: this.#sent.name,
      headers: {
        "content-type": TYPE,
        ...(dialect.asksForAbsence && { "if-none-match": "*" }),
        ...dialect.sums(this.#bytes, this.#sent.sum),
      },
      body: this.#bytes,
      action: this.#purpose.action,
    });
  }

  /** Null, once what was made is gone, where it is not what was sent. */
  async #confirmed({ headers }: CallReply): Promise<PutOutcome | null> {
    const { name, sum } = this.#sent;
    const tag = tagIn(headers["etag"]);
    if (tag === null) throw unusable("answered with something else than the storage service does", this.#purpose);
    const { dialect } = this.#opened;
    if (!dialect.asksForAbsence) return this.#inDoubt(tag);
    const told = headers["x-amz-checksum-crc32c"];
    if (told !== undefined && isConfirmed(this.#sent, { sum: told })) {
      return dialect.mayOnlyRepeat(tag, this.#bytes) ? this.#inDoubt(tag) : "written";
    }
    if (told === undefined && isMd5(tag) && tag === md5(this.#bytes, "hex")) return "written";
    const found = await look(this.#opened, name);
    const hasSum = found?.sum === null ? told === undefined : found?.sum === sum;
    if (found?.stat.size === this.#sent.size && hasSum) return "written";
    if (found !== null && tagOf(found.stat.version) === tag) await this.#remove(found.stat.version);
    return null;
  }

  /**
   * What is there counts: without a precondition somebody may have written at the same time, and where the sum is the
   * one that was sent and the tag is not, either may say nothing of the bytes.
   */
  async #inDoubt(tag: string): Promise<PutOutcome | null> {
    const { dialect } = this.#opened;
    const back = await this.#readBack();
    if (back === null) return null;
    const isOurs = back.tag === tag;
    if (back.isSame) {
      if (isOurs && dialect.mayOnlyRepeat(tag, this.#bytes)) dialect.tagsAreSums = false;
      return "written";
    }
    if (!isOurs) return { found: back.stat };
    await this.#remove(back.stat.version);
    return null;
  }

  async #readBack(): Promise<ReadBack | null> {
    const { api } = this.#opened;
    const found = await look(this.#opened, this.#sent.name);
    if (found === null) return null;
    return this.#tries.catching(async () => {
      const answer = await api.send({ method: "GET", name: this.#sent.name });
      const read = await readBody(answer, Math.max(LONGEST_WORDS, this.#bytes.length, found.stat.size));
      const tag = tagIn(answer.headers["etag"]);
      const known = tag === tagOf(found.stat.version) ? tag : null;
      return answer.status === 200 ? { stat: found.stat, tag: known, isSame: read.equals(this.#bytes) } : null;
    });
  }

  async #remove(version: string): Promise<void> {
    try {
      await removeVersion(this.#opened, this.#sent.name, version);
    } catch (error) {
      // It stays, and the next try finds it there: another object than was sent.
      if (!isMvgitError(error, "access-denied") && !isMvgitError(error, "object-exists")) throw error;
    }
  }

  /** The same bytes once more: an endpoint that keeps its word refuses them, any other has them twice, to no harm. */
  async #tryPrecondition(): Promise<void> {
    const reply = await this.#put([409, 412]);
    // Where it was cut, the next object finds out.
    if (reply !== null) await this.#opened.dialect.found(reply.status === 200 ? "absent" : "kept");
  }
}
