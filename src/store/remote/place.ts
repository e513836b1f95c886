/** A place that is, or is to become, a remote: what it is marked with, whose it is, and who needs what of it. */
import { plural } from "../../base/counts.ts";
import { bug, isMvgitError, MvgitError } from "../../base/errors.ts";
import { prose } from "../../base/prose.ts";
import { BLOBS } from "../blob-layout.ts";
import { type Bucket, type ObjectStat, WrongBytes } from "../bucket.ts";
import { bytesSource, readAll } from "../bytes.ts";
import { Claims, ROOTS } from "./claims.ts";
import { Epoch } from "./epoch.ts";
import { GcMark } from "./gc-mark.ts";
import { MARK, MARK_CAP, mayBeCut, newMark, readMark } from "./mark.ts";

/** Where later formats keep blobs in other ways: what is in them may need any blob. */
const LATER = ["chunks/", "index/", "packs/", "recipes/"];

/** Folders of a remote in which everybody who pushes makes objects. */
export const FOLDERS: readonly string[] = [BLOBS, ROOTS];

/** What a clone remembers of a place. */
export interface Acquaintance {
  /** Which remote it met there, null for an empty place, undefined where it does not know. */
  readonly known: string | null | undefined;
  /** Something was there. */
  readonly wasUsed: boolean;
  meet(identity: string | null): void;
}

const STRANGER: Acquaintance = { known: undefined, wasUsed: false, meet: () => undefined };

/**
 * A bucket as the place of a remote. Whatever is kept there, in whichever form, is asked for only after the place was
 * recognised. Throws `remote-foreign` for what is no remote, or not the one that was met there before, `format-newer`
 * for one that a newer mvgit made, and `blob-damaged` for a mark that is damaged.
 */
export class Place {
  /** How messages call the remote: `remote 'store'`. */
  readonly name: string;
  readonly bucket: Bucket;
  /** Who needs what of it. */
  readonly claims: Claims;
  /** Whether a gc works there. */
  readonly gcMark: GcMark;
  /** Whether anything was removed from it since. */
  readonly epoch: Epoch;
  readonly #acquaintance: Acquaintance;
  #id: string | null = null;
  #looked: Promise<boolean> | null = null;

  /** `acquaintance`: what is remembered of the place; a remote that differs from it is refused. */
  constructor(name: string, bucket: Bucket, acquaintance = STRANGER) {
    this.name = name;
    this.bucket = bucket;
    this.#acquaintance = acquaintance;
    this.claims = new Claims(bucket);
    this.gcMark = new GcMark(bucket);
    this.epoch = new Epoch(bucket);
  }

  get address(): string {
    return this.bucket.address;
  }

  /**
   * Differs from that of every other remote, of one made anew at the same address too. Only once it was recognised or
   * prepared.
   */
  get identity(): string {
    return `${this.address} ${this.id}`;
  }

  /** The identity of the remote that was met here before, null where none is known; nothing is asked. */
  get expected(): string | null {
    const { known } = this.#acquaintance;
    return typeof known === "string" ? `${this.address} ${known}` : null;
  }

  /** As `identity`, without the address: a remote that was moved keeps it. */
  get id(): string {
    if (this.#id === null) throw bug("the remote was not looked at yet");
    return this.#id;
  }

  /** Looks at the mark before the first use: true for a remote, false for an empty place. All else is refused. */
  async recognise(): Promise<boolean> {
    if (this.#id !== null) return true;
    let mark = await this.bucket.head(MARK);
    if (mark === null) {
      const other = await this.#anyName();
      if (other === null) return this.#refuseEmptied();
      // Another process may have made the remote between the two looks.
      mark = await this.bucket.head(MARK);
      if (mark === null) throw this.#foreign(other);
    }
    this.#greet(this.#idIn(await this.#markText(mark)) ?? `made ${mark.created}`);
    return true;
  }

  /**
   * As `recognise`, once for all that is asked: before the first blob, since what a newer mvgit keeps elsewhere is
   * never called missing.
   */
  look(): Promise<boolean> {
    this.#looked ??= this.recognise().catch((error: unknown) => {
      this.#looked = null;
      throw error;
    });
    return this.#looked;
  }

  /**
   * Makes the mark where the place is empty; needed once before the first write. True when it made it in a place of
   * which nothing was known.
   */
  async prepare(): Promise<boolean> {
    const isStrange = this.#acquaintance.known === undefined;
    let isMade = false;
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await this.#recognisedOrCleared()) return isStrange && isMade;
      isMade = (await this.bucket.putIfAbsent(MARK, bytesSource(Buffer.from(newMark())))) === "written";
      // Before the first blob: what is older than this was pushed by somebody else's old mvgit.
      if (isMade) await this.claims.begin();
    }
    if (await this.recognise()) return isStrange && isMade;
    throw new MvgitError("remote-unavailable", `${this.name} lost what was just written`, { subject: this.address });
  }

  /** Throws `format-newer` where anything stands beside the blobs that only a newer mvgit can follow. */
  async refuseLater(): Promise<void> {
    for (const prefix of LATER) {
      for await (const { name } of this.bucket.list(prefix)) {
        throw new MvgitError(
          "format-newer",
          `nothing was removed: '${this.address}' holds '${name}', which a newer mvgit wrote`,
          { subject: name, hint: "update mvgit" },
        );
      }
    }
  }

  #refuseEmptied(): false {
    if (this.#acquaintance.wasUsed) throw this.#changed("it is empty");
    return false;
  }

  #greet(id: string): void {
    const { known } = this.#acquaintance;
    if (typeof known === "string" && known !== id) throw this.#changed("another one is there");
    if (known !== id) this.#acquaintance.meet(id);
    this.#id = id;
  }

  async #anyName(): Promise<string | null> {
    for await (const { name } of this.bucket.list("")) return name;
    return null;
  }

  async #markText({ size }: ObjectStat): Promise<string> {
    if (size < 0) throw this.#foreign(MARK);
    if (size > MARK_CAP) throw this.#damagedMark(`it has ${plural(size, "byte")}`);
    try {
      const bytes = await readAll(this.bucket.get(MARK, { start: 0, end: size }), size);
      return bytes?.toString("utf8") ?? "";
    } catch (error) {
      if (error instanceof WrongBytes) throw this.#damagedMark("its bytes are not those that were written");
      throw error;
    }
  }

  /** The remote's own id; null in one that an older mvgit made. */
  #idIn(text: string): string | null {
    const mark = readMark(text);
    switch (mark.kind) {
      case "mark":
        return mark.id;
      case "cut":
        throw this.#damagedMark(`it ends after ${plural(text.length, "byte")}`);
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
    for await (const { name } of this.bucket.list("")) if (name !== MARK) return false;
    await this.bucket.delete(MARK, mark.version);
    return true;
  }

  #changed(how: string): MvgitError {
    return new MvgitError(
      "remote-foreign",
      `${this.name} at '${this.address}' is not the one that this clone knows: ${how}`,
      {
        subject: this.address,
        hint: prose`see that the right disk is mounted and the address is right; if it was made anew on purpose,
            run 'mvgit remote accept', then 'mvgit push --all'`,
      },
    );
  }

  #damagedMark(how: string): MvgitError {
    return new MvgitError("blob-damaged", `the mark '${MARK}' of ${this.name} is damaged: ${how}`, {
      subject: this.address,
      hint: prose`bring it back from a copy of the remote; in a place where nothing was pushed yet, remove it, and
          run 'mvgit push'`,
    });
  }

  #foreign(found: string): MvgitError {
    return new MvgitError("remote-foreign", `'${this.address}' is not an mvgit remote: it holds '${found}'`, {
      subject: this.address,
      hint: "choose an empty folder or prefix, or correct the address with 'mvgit remote add'",
    });
  }
}
