/** A GitReader over anything that gives objects by id and refs by name. */
import { MvgitError } from "../base/errors.ts";
import { display, isWithin } from "../base/paths.ts";
import {
  absent,
  COMMIT_CAP,
  type FoundObject,
  isOid,
  parseCommit,
  parseTag,
  parseTree,
  tooLarge,
  TREE_CAP,
  wrongType,
} from "./objects.ts";
import {
  type GitCommit,
  type GitReader,
  type GitRef,
  type GitTag,
  type ObjectType,
  type Oid,
  TAG_CAP,
  type TreeFile,
  type TreeFilter,
} from "./reader.ts";

export interface ObjectSource {
  /** Null only when the object is certainly absent; its bytes, at most `cap` of them, hash to `oid`. */
  object(oid: Oid, cap: number): Promise<FoundObject | null>;
  /** What the first of these that exists (full names, or HEAD) points to; null when there is none of them. */
  firstRef(names: readonly string[]): Promise<Oid | null>;
  refs(): Promise<GitRef[]>;
}

/** Entries of all trees of one walk: a small repository can name the same tree a billion times. */
const MAX_ENTRIES = 5_000_000;
/** Bytes of UTF-8 in a path that a walk follows. */
const MAX_PATH = 16_384;

/** A `GitReader` over one source. Throws as the contract says, and what the source throws. */
export class ObjectReader implements GitReader {
  readonly #source: ObjectSource;

  constructor(source: ObjectSource) {
    this.#source = source;
  }

  refs(): Promise<GitRef[]> {
    return this.#source.refs();
  }

  async resolveCommit(revision: string): Promise<Oid | null> {
    if (isOid(revision)) {
      const object = await this.#source.object(revision, TAG_CAP);
      return object && this.#commitOf(revision, object);
    }
    const oid = await this.#source.firstRef(refCandidates(revision));
    return oid && this.#commitOf(oid, await this.#object(oid, TAG_CAP));
  }

  async #commitOf(oid: Oid, { type, bytes }: FoundObject): Promise<Oid | null> {
    if (type === "commit") return oid;
    if (type !== "tag") return null;
    if (bytes === null) throw tooLarge(type, oid);
    const target = parseTag(oid, bytes).object;
    return this.#commitOf(target, await this.#object(target, TAG_CAP));
  }

  async tag(oid: Oid): Promise<GitTag | null> {
    const { type, bytes } = await this.#object(oid, TAG_CAP);
    return type === "tag" && bytes !== null ? parseTag(oid, bytes) : null;
  }

  async *tags(oids: readonly Oid[]): AsyncGenerator<{ oid: Oid; tag: GitTag | null }> {
    for (const oid of oids) yield { oid, tag: await this.tag(oid) };
  }

  async commit(oid: Oid): Promise<GitCommit> {
    return parseCommit(oid, await this.#bytes(oid, "commit", COMMIT_CAP));
  }

  async *commits(oids: readonly Oid[]): AsyncGenerator<{ oid: Oid; commit: GitCommit }> {
    for (const oid of oids) yield { oid, commit: await this.commit(oid) };
  }

  async *trees(oids: readonly Oid[]): AsyncGenerator<{ oid: Oid; bytes: Buffer }> {
    for (const oid of oids) yield { oid, bytes: await this.#bytes(oid, "tree", TREE_CAP) };
  }

  async fileAt(commit: Oid, path: string): Promise<TreeFile | null> {
    let tree = (await this.commit(commit)).tree;
    const names = path.split("/");
    for (const [index, name] of names.entries()) {
      const entry = parseTree(tree, await this.#bytes(tree, "tree", TREE_CAP)).find((each) => each.name === name);
      if (!entry) return null;
      if (index === names.length - 1)
        return entry.mode === "040000" ? null : { path, oid: entry.oid, mode: entry.mode };
      if (entry.mode !== "040000") return null;
      tree = entry.oid;
    }
    return null;
  }

  async *filesAt(wanted: readonly { commit: Oid; path: string }[], cap: number): AsyncGenerator<Buffer | null> {
    for (const { commit, path } of wanted) {
      const file = await this.fileAt(commit, path);
      yield file === null || file.mode === "160000" ? null : await this.blob(file.oid, cap);
    }
  }

  async *treeFiles(commit: Oid, { suffix = "", folders = [] }: TreeFilter = {}): AsyncGenerator<TreeFile> {
    const wanted = folders.filter((folder) => folder !== "");
    const walk = { suffix, folders: wanted.length > 0 ? wanted : [""], seen: 0 };
    yield* this.#walk((await this.commit(commit)).tree, "", walk);
  }

  async *#walk(
    tree: Oid,
    prefix: string,
    walk: { suffix: string; folders: string[]; seen: number },
  ): AsyncGenerator<TreeFile> {
    for (const { mode, name, oid } of parseTree(tree, await this.#bytes(tree, "tree", TREE_CAP))) {
      const path = prefix + name;
      if (++walk.seen > MAX_ENTRIES || path.length > MAX_PATH) throw endless(tree);
      if (mode === "040000") {
        if (walk.folders.some((folder) => isWithin(path, folder) || isWithin(folder, path)))
          yield* this.#walk(oid, `${path}/`, walk);
      } else if (path.endsWith(walk.suffix) && walk.folders.some((folder) => isWithin(path, folder))) {
        yield { path, oid, mode };
      }
    }
  }

  async blob(oid: Oid, cap: number): Promise<Buffer | null> {
    const { type, bytes } = await this.#object(oid, cap);
    if (type !== "blob") throw wrongType(oid, "blob", type);
    return bytes;
  }

  async *blobs(oids: readonly Oid[], cap: number): AsyncGenerator<{ oid: Oid; bytes: Buffer | null }> {
    for (const oid of oids) yield { oid, bytes: await this.blob(oid, cap) };
  }

  async #object(oid: Oid, cap: number): Promise<FoundObject> {
    const object = await this.#source.object(oid, cap);
    if (!object) throw absent(oid);
    return object;
  }

  async #bytes(oid: Oid, wanted: ObjectType, cap: number): Promise<Buffer> {
    const { type, bytes } = await this.#object(oid, cap);
    if (type !== wanted) throw wrongType(oid, wanted, type);
    if (bytes === null) throw tooLarge(type, oid);
    return bytes;
  }
}

/**
 * The refs that a short name may mean, in Git's order. Throws `not-supported` for what only the git program can
 * resolve.
 */
function refCandidates(revision: string): string[] {
  const name = revision === "@" ? "HEAD" : revision;
  if (!isRefName(name)) {
    throw new MvgitError(
      "not-supported",
      `cannot resolve '${display(revision)}' without the git program: it is no name of a branch or tag`,
      { subject: display(revision), hint: "name a branch, a tag or a whole commit id" },
    );
  }
  return [
    name,
    `refs/${name}`,
    `refs/tags/${name}`,
    `refs/heads/${name}`,
    `refs/remotes/${name}`,
    `refs/remotes/${name}/HEAD`,
  ].filter((each) => each === "HEAD" || each.startsWith("refs/"));
}

/** Whether Git would take it for a ref's name or a part of one (`git check-ref-format --allow-onelevel`). */
export function isRefName(name: string): boolean {
  return (
    name !== "" &&
    name !== "@" &&
    !/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$|(?:^|\/)\.|\.lock(?:\/|$)|^-/.test(name)
  );
}

function endless(tree: Oid): MvgitError {
  return new MvgitError("not-supported", `the tree ${tree.slice(0, 10)} is too large to walk`, {
    subject: tree,
    hint: "read this repository from a clone, with the git program",
  });
}
