/**
 * The mark of a gc at work in a remote, `gc/mark`: made if absent, so that only one works at a time. A push writes its
 * claim and then looks for the mark; gc makes its mark and then reads the claims. Whoever comes second sees the first.
 */
import { uniqueName } from "../../base/clock.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { prose } from "../../base/prose.ts";
import { MARK_LIFE } from "../../base/times.ts";
import type { Bucket, ObjectStat } from "../bucket.ts";
import { bytesSource, readAll } from "../bytes.ts";
import { putOwn } from "./put-own.ts";

const NAME = "gc/mark";
/** What the names of objects begin with that only ask for the time. */
const CLOCK = "gc/clock-";
const CAP = 256;

/** The mark of gc in one place. Throws what the bucket throws. */
export class GcMark {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /** True while there is a mark, of whatever age. */
  async isThere(): Promise<boolean> {
    return (await this.#bucket.head(NAME)) !== null;
  }

  /** Throws `lock-held` while a gc works. `now` tells the medium's time; it is asked only where there is a mark. */
  async refuse(now: () => Promise<number>): Promise<void> {
    const mark = await this.#bucket.head(NAME);
    if (mark !== null && (await now()) - mark.created < MARK_LIFE) throw this.#held(mark);
  }

  /** Throws `access-denied` where nothing may be deleted, by deleting what is not there. */
  tryDeleting(): Promise<void> {
    return this.#bucket.delete(`gc/none-${uniqueName()}`, "1");
  }

  /**
   * Makes the mark. One that is older than its life is replaced, and so is one with the text `own`: of a run that died,
   * since the caller keeps two runs of its own apart. Throws `lock-held`.
   */
  async make(own: string): Promise<ObjectStat> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const outcome = await this.#bucket.putIfAbsent(NAME, bytesSource(Buffer.from(own)));
      const found = await this.#bucket.head(NAME);
      if (found === null) continue;
      if (outcome === "written") return await this.#swept(found);
      if (await this.#isHeld(found, own)) throw this.#held(found);
      await this.#takeAway(found);
    }
    const { address } = this.#bucket;
    throw new MvgitError("lock-held", `another gc begins at '${address}'`, {
      subject: address,
      hint: "try again later",
    });
  }

  /** Another gc may have taken the dead one's place: then its mark is there. */
  async #takeAway({ version }: ObjectStat): Promise<void> {
    try {
      await this.#bucket.delete(NAME, version);
    } catch (error) {
      if (!isMvgitError(error, "object-exists")) throw error;
    }
  }

  /** Takes the mark away, if it is still this one. */
  async remove(mark: ObjectStat): Promise<void> {
    await this.#bucket.delete(NAME, mark.version);
  }

  /** The beginning of a mark is what a cut upload left, and what is no file is no mark: nobody works under it. */
  async #isHeld(found: ObjectStat, own: string): Promise<boolean> {
    if (found.size < 0 || own.startsWith(await this.#text(found))) return false;
    return (await this.#mediumTime()) - found.created < MARK_LIFE;
  }

  /** Removes what killed runs left beside the mark when they asked for the time. */
  async #swept(mark: ObjectStat): Promise<ObjectStat> {
    for await (const { name, created, version } of this.#bucket.list(CLOCK))
      if (mark.created - created > MARK_LIFE) await this.#bucket.delete(name, version);
    return mark;
  }

  /** "" where it is gone by now. */
  async #text({ size }: ObjectStat): Promise<string> {
    const end = Math.min(size, CAP);
    try {
      return (await readAll(this.#bucket.get(NAME, { start: 0, end }), end))?.toString("latin1") ?? "";
    } catch (error) {
      if (!isMvgitError(error, "object-missing")) throw error;
      return "";
    }
  }

  /** What time the medium says it is, by a new object: this machine's clock may be wrong. */
  async #mediumTime(): Promise<number> {
    const name = `${CLOCK}${uniqueName()}`;
    await putOwn(this.#bucket, name, Buffer.from("\n"));
    const made = await this.#bucket.head(name);
    if (made === null) {
      const { address } = this.#bucket;
      throw new MvgitError("remote-unavailable", `'${name}' is not in '${address}', though it was written`, {
        subject: address,
      });
    }
    await this.#bucket.delete(name, made.version);
    return made.created;
  }

  #held({ created }: ObjectStat): MvgitError {
    const { address } = this.#bucket;
    return new MvgitError(
      "lock-held",
      `'mvgit gc --remote' works at '${address}' since ${new Date(created).toISOString()}`,
      {
        subject: address,
        hint: prose`try again later; if it was killed, run it again in the same clone, or wait: after an hour it
            counts for nothing`,
      },
    );
  }
}
