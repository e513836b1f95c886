/**
 * The claims in a remote, `roots/<repository>/<unique>.<hash>`: which pointers each repository needs, and since when
 * that is known.
 */
import { plural } from "../../base/counts.ts";
import { uniqueName } from "../../base/clock.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { forEachConcurrent } from "../../base/tasks.ts";
import { hashBytes } from "../../hashing/hasher.ts";
import { type Claimed, CLAIM_CAP, formatClaims, parseClaim } from "../../values/claim.ts";
import { type Hash, parseHash } from "../../values/hash.ts";
import type { Bucket, ObjectName, ObjectStat } from "../bucket.ts";
import { bytesSource, readAll } from "../bytes.ts";
import { putOwn } from "./put-own.ts";

export const ROOTS = "roots";
const FOLDER = `${ROOTS}/`;
/** Made with the remote: what is older was perhaps pushed by somebody who wrote no claim. */
const SINCE = `${FOLDER}since`;
const NAME = /^roots\/([0-9a-f]{64})\/[0-9a-f]{16}\.([0-9a-f]{64})$/;

/**
 * Under which a repack claims the blobs that it writes anew, whoever needs them: for as long as it works, and for as
 * long as anything is kept that may be somebody's.
 */
export const REPACKING: Hash = hashBytes(Buffer.from("mvgit remote repack\n"));

/** A claim as a listing shows it. */
export interface ListedClaim extends ObjectStat {
  name: ObjectName;
  repository: Hash;
}

/** A claim as its writer knows it. */
export interface WrittenClaim {
  name: ObjectName;
  /** Bytes. */
  size: number;
}

/** Of its own claims, a repository lists so many, and asks for what it did not find among them one by one. */
const LISTED = 1000;
const ASKED_AT_ONCE = 16;

/** The claims of all repositories in one place. Throws what the bucket throws. */
export class Claims {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /**
   * Writes what a repository needs, and answers the new objects. Never one that is there already: its age counts.
   */
  async write(repository: Hash, pointers: ReadonlySet<Claimed>): Promise<WrittenClaim[]> {
    const written: WrittenClaim[] = [];
    for (const bytes of formatClaims(pointers)) {
      const name = `${FOLDER}${repository}/${uniqueName()}.${hashBytes(bytes)}`;
      await putOwn(this.#bucket, name, bytes);
      written.push({ name, size: bytes.length });
    }
    return written;
  }

  /**
   * Those of a repository's claims that are not there with the size that they had, and whether it has none at all. One
   * request, as a rule.
   */
  async missing(
    repository: Hash,
    claims: readonly WrittenClaim[],
  ): Promise<{ gone: Set<ObjectName>; hasNone: boolean }> {
    const left = new Map(claims.map(({ name, size }) => [name, size]));
    let listed = 0;
    for await (const { name, size } of this.#bucket.list(`${FOLDER}${repository}/`)) {
      if (left.get(name) === size) left.delete(name);
      if (++listed === LISTED || left.size === 0) break;
    }
    const gone = new Set<ObjectName>();
    if (listed < LISTED) for (const name of left.keys()) gone.add(name);
    else
      await forEachConcurrent(left, ASKED_AT_ONCE, async ([name, size]) => {
        if ((await this.#bucket.head(name))?.size !== size) gone.add(name);
      });
    return { gone, hasNone: listed === 0 };
  }

  /** Every claim, of all repositories. Throws `format-newer` for a name that this mvgit does not know. */
  async *list(): AsyncGenerator<ListedClaim> {
    for await (const object of this.#bucket.list(FOLDER)) {
      if (object.name === SINCE) continue;
      const repository = parseHash(NAME.exec(object.name)?.[1] ?? "");
      if (repository === null) {
        throw new MvgitError(
          "format-newer",
          `'${display(object.name)}' in '${this.#bucket.address}' says in an unknown way what somebody needs`,
          { subject: display(object.name), hint: "update mvgit" },
        );
      }
      yield { ...object, repository };
    }
  }

  /**
   * The pointers of a claim, null when it is gone by now. Throws `blob-damaged` for bytes that are not the ones
   * written.
   */
  async read({ name, size }: ListedClaim): Promise<Claimed[] | null> {
    if (size > CLAIM_CAP) throw damaged(name, `it has ${plural(size, "byte")}`);
    try {
      const bytes = await readAll(this.#bucket.get(name, { start: 0, end: size }), size);
      if (bytes !== null && hashBytes(bytes) === NAME.exec(name)?.[2]) return parseClaim(bytes, name);
    } catch (error) {
      if (isMvgitError(error, "object-missing")) return null;
      throw error;
    }
    throw damaged(name, "its bytes do not hash to its name");
  }

  /** When a claim was made, by the medium's clock: milliseconds since 1970. 0 for one that is gone: it was old. */
  async timeOf(name: ObjectName): Promise<number> {
    return (await this.#bucket.head(name))?.created ?? 0;
  }

  /** Takes claims back that nothing relies on. Who may not delete leaves them: they do no harm. */
  async withdraw(claims: readonly Pick<WrittenClaim, "name">[]): Promise<void> {
    try {
      for (const { name } of claims) {
        const found = await this.#bucket.head(name);
        if (found) await this.#bucket.delete(name, found.version);
      }
    } catch (error) {
      if (!isMvgitError(error, "access-denied") && !isMvgitError(error, "file-unreadable")) throw error;
    }
  }

  /** Removes a claim, while it is still the one listed. Throws `object-exists` for another one. */
  remove({ name, version }: Pick<ListedClaim, "name" | "version">): Promise<void> {
    return this.#bucket.delete(name, version);
  }

  /** From when on every push to this place wrote a claim, by the medium's clock; null where that is not known. */
  async since(): Promise<number | null> {
    return (await this.#bucket.head(SINCE))?.created ?? null;
  }

  /** Lets the time of `since` be now, unless it is set. */
  async begin(): Promise<void> {
    await this.#bucket.putIfAbsent(SINCE, bytesSource(Buffer.from("mvgit-since 1\n")));
  }
}

function damaged(name: string, how: string): MvgitError {
  return new MvgitError("blob-damaged", `'${name}' is damaged: ${how}`, {
    subject: name,
    // What a clone claimed lately it does not claim again, unless it has forgotten that.
    hint: prose`let everybody who uses the remote remove '.git/mvgit/claims' in their clone and push again with
      'mvgit push --all', then remove this object`,
  });
}
