/** Objects read by isomorphic-git: loaded when first used, each held against its id. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { constants, inflateSync } from "node:zlib";
import { readUpTo } from "../../base/disk.ts";
import { MvgitError } from "../../base/errors.ts";
import { breathe } from "../../base/stop.ts";
import type { FoundObject } from "../objects.ts";
import type { ObjectType, Oid } from "../reader.ts";
import { PackFiles } from "./pack-files.ts";
import { RecentObjects } from "./recent-objects.ts";

/**
 * The objects of one repository, loose and packed. Between calls it keeps the packs that it read, and small objects,
 * which are what their ids say. Throws `git-failed` for damage.
 */
export class ObjectDatabase {
  readonly #gitdir: string;
  readonly #packs: PackFiles;
  readonly #recent = new RecentObjects();

  readonly #signal: AbortSignal | undefined;

  /** `gitdir`: the folder that holds `objects`. */
  constructor(gitdir: string, signal?: AbortSignal) {
    this.#gitdir = gitdir;
    this.#signal = signal;
    this.#packs = new PackFiles(gitdir);
  }

  /**
   * Null when it is in no pack and not loose; `bytes` are null for more than `cap` of them. Damage of any kind throws
   * `git-failed`.
   */
  async object(oid: Oid, cap: number): Promise<FoundObject | null> {
    await breathe();
    this.#signal?.throwIfAborted();
    const before = this.#recent.get(oid);
    if (before) return before.bytes.length > cap ? { type: before.type, bytes: null } : before;
    const found = await this.#verified(oid, cap);
    if (found?.bytes) this.#recent.keep(oid, found);
    return found;
  }

  async #verified(oid: Oid, cap: number): Promise<FoundObject | null> {
    const found = await this.#findAnywhere(oid, cap);
    if (!found) return null;
    if (found.object === null || found.object.length > cap) return { type: found.type, bytes: null };
    const bytes = Buffer.from(found.object.buffer, found.object.byteOffset, found.object.byteLength);
    // A pack's index names objects by ids that isomorphic-git takes on trust.
    const hash = createHash("sha1").update(`${found.type} ${bytes.length}\0`).update(bytes).digest("hex");
    if (hash !== oid) throw damaged(oid, `its bytes have the id ${hash.slice(0, 10)}`);
    return { type: found.type, bytes };
  }

  /** What is not there, or cannot be read, may be in a pack that Git made meanwhile. */
  async #findAnywhere(oid: Oid, cap: number): Promise<Stored | null> {
    const { cache } = this.#packs;
    try {
      const found = await this.#find(oid, cap);
      if (found || !this.#packs.hasOthers(cache)) return found;
    } catch (error) {
      if (!this.#packs.hasOthers(cache)) throw error;
    }
    return this.#find(oid, cap);
  }

  async #find(oid: Oid, cap: number): Promise<Stored | null> {
    const loose = this.#loose(oid, cap);
    return loose === "absent" ? this.#packed(oid) : loose;
  }

  async #packed(oid: Oid): Promise<Stored | null> {
    const { default: git } = await import("isomorphic-git");
    try {
      const found = await git.readObject({
        fs: this.#packs.client,
        dir: this.#gitdir,
        gitdir: this.#gitdir,
        oid,
        format: "content",
        cache: this.#packs.cache,
      });
      if (found.format !== "content" || !(found.object instanceof Uint8Array)) throw damaged(oid, "it cannot be read");
      return { type: found.type as ObjectType, object: found.object };
    } catch (error) {
      if (error instanceof MvgitError) throw error;
      if (error instanceof git.Errors.NotFoundError && error.data.what === oid) return null;
      throw damaged(oid, error instanceof Error ? error.message : String(error), error);
    }
  }

  /** A loose object, which is inflated no further than it says, nor than `cap`. */
  #loose(oid: Oid, cap: number): Stored | "absent" {
    const file = join(this.#gitdir, "objects", oid.slice(0, 2), oid.slice(2));
    const head = readUpTo(file, HEAD);
    if (head === null) return "absent";
    const [header = "", type, digits] =
      /^(commit|tree|blob|tag) ([0-9]{1,15})\0/.exec(inflated(oid, head, null).toString("latin1", 0, 64)) ?? [];
    if (type === undefined) throw damaged(oid, "it has no header");
    const size = Number(digits);
    if (size > cap) return { type: type as ObjectType, object: null };
    // Deflated bytes are never many more than what they are of.
    const bytes = readUpTo(file, size + Math.ceil(size / 100) + HEAD) ?? head;
    return { type: type as ObjectType, object: inflated(oid, bytes, header.length + size).subarray(header.length) };
  }
}

/** An object as it lies there; its bytes are null where it has more than were asked for. */
interface Stored {
  type: ObjectType;
  object: Uint8Array | null;
}

/** Bytes of a loose file that hold an object's header. */
const HEAD = 4096;

/** `most` null: the beginning alone, as much as its few bytes give. */
function inflated(oid: Oid, bytes: Buffer, most: number | null): Buffer {
  try {
    return most === null
      ? inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })
      : inflateSync(bytes, { maxOutputLength: most });
  } catch (error) {
    throw damaged(oid, error instanceof Error ? error.message : String(error), error);
  }
}

function damaged(oid: Oid, why: string, cause?: unknown): MvgitError {
  return new MvgitError("git-failed", `cannot read object ${oid.slice(0, 10)}: ${why.split("\n")[0]}`, {
    subject: oid,
    hint: "run 'git fsck' to see what is damaged",
    ...(cause !== undefined && { cause }),
  });
}
