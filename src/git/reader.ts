/**
 * What mvgit reads of a repository's history. Two hands implement it: the git program (everything), and
 * isomorphic-git (where there is no git program, or no clone). One suite runs both over every kind of repository.
 *
 * A repository that cannot be read right is an error, never "no tags": a hand that does not know a repository's
 * kind (SHA-256, reftable, alternates, …) refuses it with `not-supported` when it is opened; a damaged one throws
 * `git-failed` where the damage is met. Text inside of objects is read as UTF-8.
 */

declare const oidBrand: unique symbol;
/** A Git object id: 40 or 64 hexadecimal characters. */
export type Oid = string & { readonly [oidBrand]: true };

export interface GitRef {
  /** Full name: `refs/heads/main`. */
  name: string;
  oid: Oid;
  /** The object an annotated tag finally points to, through tags of tags; equal to `oid` for everything else. */
  peeled: Oid;
}

export interface TreeFile {
  /** Relative to the top of the tree, exactly as Git has it; not yet checked for safety. */
  path: string;
  oid: Oid;
  /** Six octal digits: `100644`, `100755`, `120000` (link), `160000` (submodule). */
  mode: string;
}

export type ObjectType = "commit" | "tree" | "blob" | "tag";

/** Who and when, as the object says; nobody checked it. */
export interface GitIdentity {
  name: string;
  email: string;
  /** Seconds since 1970, UTC. */
  time: number;
  /** `+0200`. */
  zone: string;
}

export interface GitCommit {
  tree: Oid;
  /** As written in the commit, also in a shallow clone. */
  parents: Oid[];
  author: GitIdentity;
  committer: GitIdentity;
  message: string;
  /** It carries a signature, of whatever worth. */
  signed: boolean;
}

export interface GitTag {
  object: Oid;
  type: ObjectType;
  /** The name inside the object: a copied tag shows by its name differing from the ref's. */
  name: string;
  tagger: GitIdentity | null;
  /** Without the signature. */
  message: string;
  /** It carries a signature, of whatever worth. */
  signed: boolean;
}

/** Bytes of a tag object, signature and all; a larger one was not made for what mvgit reads tags for. */
export const TAG_CAP = 1024 * 1024;

export interface GitReader {
  /**
   * Every ref but HEAD, by name; empty only when there is none. Symbolic ones show what they point to; dangling ones
   * are left out.
   */
  refs(): Promise<GitRef[]>;
  /**
   * The commit that a revision names: HEAD, a ref by its full or short name (looked up in Git's order), a whole object
   * id. Null when there is no such thing, or it is no commit. Git's operators (`~`, `^`, `@{…}`, `:`) only where the
   * git program reads; the other hand refuses them with `not-supported`.
   */
  resolveCommit(revision: string): Promise<Oid | null>;
  /**
   * An annotated tag's parts; null for an object of another type, and for one above `TAG_CAP` bytes. Absent objects
   * throw `git-failed`.
   */
  tag(oid: Oid): Promise<GitTag | null>;
  /** As `tag`, for many at once, in order. */
  tags(oids: readonly Oid[]): AsyncIterable<{ oid: Oid; tag: GitTag | null }>;
  /** A commit's parts. An absent object, or one of another type, throws `git-failed`. */
  commit(oid: Oid): Promise<GitCommit>;
  /** As `commit`, for many at once, in order. */
  commits(oids: readonly Oid[]): AsyncIterable<{ oid: Oid; commit: GitCommit }>;
  /** The bytes of trees as Git stores them, in order. An absent object, or one of another type, throws `git-failed`. */
  trees(oids: readonly Oid[]): AsyncIterable<{ oid: Oid; bytes: Buffer }>;
  /** One path of a commit's tree, without a walk over all of it; null when it is absent or a folder. */
  fileAt(commit: Oid, path: string): Promise<TreeFile | null>;
  /** The bytes of one path in each commit, in order; null where it is absent, no file, or larger than `cap`. */
  filesAt(wanted: readonly { commit: Oid; path: string }[], cap: number): AsyncIterable<Buffer | null>;
  /**
   * Files of a commit's tree whose path ends in `suffix` and lies within one of `folders` (default all), in byte order.
   */
  treeFiles(commit: Oid, options?: TreeFilter): AsyncIterable<TreeFile>;
  /** The bytes of a blob, at most `cap` of them: null when it is larger. Absent objects throw `git-failed`. */
  blob(oid: Oid, cap: number): Promise<Buffer | null>;
  /** As `blob`, for many at once, in order. */
  blobs(oids: readonly Oid[], cap: number): AsyncIterable<{ oid: Oid; bytes: Buffer | null }>;
}

export interface TreeFilter {
  suffix?: string;
  folders?: readonly string[];
}
