/** A place that is, or is to become, a remote: what it is marked with, whose it is, and who needs what of it. */
import { Once } from "../../base/once.ts";
import { plural } from "../../base/counts.ts";
import { bug, isMvgitError, MvgitError } from "../../base/errors.ts";
import { BLOBS } from "../blob-layout.ts";
import { type Bucket, isWhole, type ObjectStat, type ReadableBucket, WrongBytes } from "../bucket.ts";
import { bytesSource, readAll } from "../bytes.ts";
import { Claims, ROOTS } from "./claims.ts";
import { Epoch } from "./epoch.ts";
import { GcMark } from "./gc-mark.ts";
import { CHUNKS, INDEX, PACKS } from "./layout.ts";
import { writeIndexList } from "./packs/index-list.ts";
import { type Format, MARK, MARK_CAP, mayBeCut, newMark, raisedMark, readMark } from "./mark.ts";
import { changedPlace, damagedMark, foreignAnswer, foreignPlace, noMark, onlyRead } from "./place-errors.ts";

/** Folders of a remote in which everybody who pushes makes objects. */
export const FOLDERS: readonly string[] = [BLOBS, PACKS, INDEX, CHUNKS, ROOTS];

/** Codes of refusals that have to do with rights, or with what a medium can do. */
const CANNOT: ReadonlySet<string> = new Set(["access-denied", "file-unreadable", "not-supported"]);

/** What a clone remembers of a place. */
export interface Acquaintance {
  /** Which remote it met there, null for an empty place, undefined where it does not know. */
  readonly known: string | null | undefined;
  /** Something was there. */
  readonly wasUsed: boolean;
  /** Whose address it is, where that alone does not say so: an endpoint of the settings. */
  readonly endpoint?: string | null;
  meet(identity: string | null): void;
}

const STRANGER: Acquaintance = { known: undefined, wasUsed: false, meet: () => undefined };

/**
 * A bucket as the place of a remote. Whatever is kept there, in whichever form, is asked for only after the place was
 * recognised. Throws `remote-foreign` for what is no remote, or not the one that was met there before, `format-newer`
 * for one that a newer mvgit made, `blob-damaged` for a mark that is damaged, `remote-missing` where there is no mark
 * and no look around, and `read-only` where something is to be written or listed that cannot be.
 */
export class Place {
  /** How messages call the remote: `remote 'store'`. */
  readonly name: string;
  readonly bucket: ReadableBucket;
  readonly #acquaintance: Acquaintance;
  #id: string | null = null;
  #format: Format = 1;
  readonly #raised = new Once<void>();
  readonly #looked = new Once<boolean>();

  /** `acquaintance`: what is remembered of the place; a remote that differs from it is refused. */
  constructor(name: string, bucket: ReadableBucket, acquaintance = STRANGER) {
    this.name = name;
    this.bucket = bucket;
    this.#acquaintance = acquaintance;
  }

  /** Whether it can neither be written nor listed: what a name stands for is all that can be asked. */
  get isReadOnly(): boolean {
    return !isWhole(this.bucket);
  }

  /** The bucket of a place that is no such one. Throws `read-only`. */
  writable(): Bucket {
    if (isWhole(this.bucket)) return this.bucket;
    throw onlyRead(this);
  }

  /** Who needs what of it. */
  get claims(): Claims {
    return new Claims(this.writable());
  }

  /** Whether a gc works there. */
  get gcMark(): GcMark {
    return new GcMark(this.writable());
  }

  /** Whether anything was removed from it since. */
  get epoch(): Epoch {
    return new Epoch(this.writable());
  }

  get address(): string {
    return this.bucket.address;
  }

  /**
   * Differs from that of every other remote, of one made anew at the same address too. Only once it was recognised or
   * prepared.
   */
  get identity(): string {
    return this.#identityOf(this.id);
  }

  /** One that was copied to another endpoint, mark and all, is not the one that it was copied from. */
  #identityOf(id: string): string {
    const { endpoint } = this.#acquaintance;
    return [this.address, id, ...(endpoint ? [endpoint] : [])].join(" ");
  }

  /** The identity of the remote that was met here before, null where none is known; nothing is asked. */
  get expected(): string | null {
    const { known } = this.#acquaintance;
    return typeof known === "string" ? this.#identityOf(known) : null;
  }

  /** As `identity`, without the address: a remote that was moved keeps it. */
  get id(): string {
    if (this.#id === null) throw bug("the remote was not looked at yet");
    return this.#id;
  }

  /** That of the mark: 1 where every blob is an object of its own. Only once the place was recognised or prepared. */
  get format(): Format {
    return this.#format;
  }

  /** Looks at the mark before the first use: true for a remote, false for an empty place. All else is refused. */
  async recognise(): Promise<boolean> {
    if (this.#id !== null) return true;
    let mark = await this.bucket.head(MARK);
    if (mark === null) {
      if (this.isReadOnly)
        throw this.#acquaintance.wasUsed ? changedPlace(this, `there is no '${MARK}' any more`) : noMark(this);
      const other = await this.#anyName();
      if (other === null) return this.#refuseEmptied();
      // Another process may have made the remote between the two looks.
      mark = await this.bucket.head(MARK);
      if (mark === null) throw this.#foreign(other);
    }
    const { id, format } = await this.#readMark(mark);
    this.#greet(id);
    this.#format = format;
    return true;
  }

  /**
   * As `recognise`, once for all that is asked: before the first blob, since what a newer mvgit keeps elsewhere is
   * never called missing.
   */
  look(): Promise<boolean> {
    return this.#looked.run(() => this.recognise());
  }

  /**
   * Makes the mark where the place is empty; needed once before the first write. True when it made it in a place of
   * which nothing was known.
   */
  async prepare(): Promise<boolean> {
    const bucket = this.writable();
    const isStrange = this.#acquaintance.known === undefined;
    let isMade = false;
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await this.#recognisedOrCleared()) return isStrange && isMade;
      isMade = (await bucket.putIfAbsent(MARK, bytesSource(Buffer.from(newMark())))) === "written";
      // Before the first blob: what is older than this was pushed by somebody else's old mvgit.
      if (isMade) await this.claims.begin();
    }
    if (await this.recognise()) return isStrange && isMade;
    throw new MvgitError("remote-unavailable", `${this.name} lost what was just written`, { subject: this.address });
  }

  /**
   * Lets the mark say that blobs may lie in other forms, once: before the first object of such a form is written, so
   * that an older mvgit asks for a newer one and never calls a blob missing. The remote stays the one that it is.
   * False where the medium cannot replace an object, or does not let this caller: then nothing of such a form may be
   * written.
   */
  async raise(): Promise<boolean> {
    try {
      await this.#raised.run(() => this.#raise());
      return true;
    } catch (error) {
      if (isMvgitError(error) && CANNOT.has(error.code)) return false;
      throw error;
    }
  }

  async #raise(): Promise<void> {
    const bucket = this.writable();
    for (let attempt = 0; attempt < 5; attempt++) {
      const mark = await bucket.head(MARK);
      if (mark === null) throw changedPlace(this, `there is no '${MARK}' any more`);
      const { id, format } = await this.#readMark(mark);
      if (id !== this.id) throw changedPlace(this, "another one is there");
      this.#format = format;
      if (format > 1) return;
      try {
        await bucket.replace(MARK, mark.version, bytesSource(Buffer.from(raisedMark(id))));
      } catch (error) {
        // Another process did it.
        if (!isMvgitError(error, "object-exists")) throw error;
        continue;
      }
      // Who can list nothing asks for it from now on, also where no table ever comes.
      await writeIndexList(this);
    }
    throw new MvgitError("remote-unavailable", `${this.name} keeps another mark than was written`, {
      subject: this.address,
    });
  }

  #refuseEmptied(): false {
    if (this.#acquaintance.wasUsed) throw changedPlace(this, "it is empty");
    return false;
  }

  #greet(id: string): void {
    const { known } = this.#acquaintance;
    if (typeof known === "string" && known !== id) throw changedPlace(this, "another one is there");
    if (known !== id) this.#acquaintance.meet(id);
    this.#id = id;
  }

  async #anyName(): Promise<string | null> {
    for await (const { name } of this.writable().list("")) return name;
    return null;
  }

  async #markText({ size }: ObjectStat): Promise<string> {
    if (size < 0) throw this.#foreign(MARK);
    if (size > MARK_CAP && this.isReadOnly) throw foreignAnswer(this);
    if (size > MARK_CAP) throw damagedMark(this, `it has ${plural(size, "byte")}`);
    try {
      const bytes = await readAll(this.bucket.get(MARK, { start: 0, end: size }), size);
      return bytes?.toString("utf8") ?? "";
    } catch (error) {
      if (error instanceof WrongBytes) throw damagedMark(this, "its bytes are not those that were written");
      throw error;
    }
  }

  /** What identifies the remote, and its format. */
  async #readMark(found: ObjectStat): Promise<{ id: string; format: Format }> {
    const text = await this.#markText(found);
    const mark = readMark(text);
    switch (mark.kind) {
      case "mark":
        return { id: mark.id ?? `made ${found.created}`, format: mark.format };
      case "cut":
        throw damagedMark(this, `it ends after ${plural(text.length, "byte")}`);
      case "newer":
        throw new MvgitError("format-newer", `${this.name} has format ${mark.format}, made by a newer mvgit`, {
          subject: this.address,
          hint: "update mvgit",
        });
      case "foreign":
        throw this.#foreign(MARK);
    }
  }

  async #recognisedOrCleared(): Promise<boolean> {
    try {
      return await this.recognise();
    } catch (error) {
      if (!isMvgitError(error, "blob-damaged") || !(await this.#removeCutMark())) throw error;
      return false;
    }
  }

  /** True when the mark was what a cut upload left, which is nobody's while nothing else is there. */
  async #removeCutMark(): Promise<boolean> {
    const mark = await this.bucket.head(MARK);
    if (mark === null) return true;
    if (!mayBeCut(mark.size) || readMark(await this.#markText(mark)).kind !== "cut") return false;
    const bucket = this.writable();
    for await (const { name } of bucket.list("")) if (name !== MARK) return false;
    await bucket.delete(MARK, mark.version);
    return true;
  }

  #foreign(found: string): MvgitError {
    return this.isReadOnly ? foreignAnswer(this) : foreignPlace(this, found);
  }
}
