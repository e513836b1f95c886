/** Objects read by isomorphic-git: loaded when first used, each held against its id. */
import { createHash } from "node:crypto";
import type { FsClient } from "isomorphic-git";
import { MvgitError } from "../../base/errors.ts";
import { type GitObject } from "../objects.ts";
import type { ObjectType, Oid } from "../reader.ts";

export class ObjectDatabase {
  readonly #fs: FsClient;
  readonly #gitdir: string;
  /** Of isomorphic-git: pack indexes and the packs themselves. */
  #cache: object = {};

  /** `gitdir`: the folder that holds `objects`. */
  constructor(fs: FsClient, gitdir: string) {
    this.#fs = fs;
    this.#gitdir = gitdir;
  }

  /** Null when it is in no pack and not loose. Damage of any kind throws `git-failed`. */
  async object(oid: Oid): Promise<GitObject | null> {
    const found = await this.#read(oid);
    if (!found) return null;
    const bytes = Buffer.from(found.object.buffer, found.object.byteOffset, found.object.byteLength);
    // A pack's index names objects by ids that isomorphic-git takes on trust.
    const hash = createHash("sha1").update(`${found.type} ${bytes.length}\0`).update(bytes).digest("hex");
    if (hash !== oid) throw damaged(oid, `its bytes have the id ${hash.slice(0, 10)}`);
    return { type: found.type, bytes };
  }

  async #read(oid: Oid): Promise<{ type: ObjectType; object: Uint8Array } | null> {
    const { default: git } = await import("isomorphic-git");
    try {
      const found = await git.readObject({ fs: this.#fs, dir: this.#gitdir, gitdir: this.#gitdir, oid, format: "content", cache: this.#cache });
      if (found.format !== "content" || !(found.object instanceof Uint8Array)) throw damaged(oid, "it cannot be read");
      return { type: found.type as ObjectType, object: found.object };
    } catch (error) {
      if (error instanceof MvgitError) throw error;
      if (error instanceof git.Errors.NotFoundError && error.data.what === oid) return null;
      throw damaged(oid, error instanceof Error ? error.message : String(error), error);
    }
  }

  /** Indexes a complete pack of `objects/pack` and gives the ids in it. */
  async indexPack(name: string): Promise<Oid[]> {
    const { default: git } = await import("isomorphic-git");
    const { oids } = await git.indexPack({ fs: this.#fs, dir: this.#gitdir, gitdir: this.#gitdir, filepath: `objects/pack/${name}`, cache: this.#cache });
    return oids as Oid[];
  }
}

function damaged(oid: Oid, why: string, cause?: unknown): MvgitError {
  return new MvgitError("git-failed", `cannot read object ${oid.slice(0, 10)}: ${why.split("\n")[0]}`, {
    subject: oid,
    hint: "run 'git fsck' to see what is damaged",
    ...(cause !== undefined && { cause }),
  });
}
