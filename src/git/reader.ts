/**
 * What mvgit reads of a repository's history. Two hands implement it: the git program (everything), and
 * isomorphic-git (where there is no git program, or no clone). One suite runs both over every kind of repository.
 *
 * A repository that cannot be read right is an error, never "no tags": a hand that does not know a repository's
 * kind (SHA-256, reftable, linked work tree, …) refuses it with `not-supported` when it is opened.
 */

declare const oidBrand: unique symbol;
/** A Git object id: 40 or 64 hexadecimal characters. */
export type Oid = string & { readonly [oidBrand]: true };

export interface GitRef {
  /** Full name: `refs/heads/main`. */
  name: string;
  oid: Oid;
  /** The object an annotated tag finally points to; equal to `oid` for everything else. */
  peeled: Oid;
}

export interface TreeFile {
  /** Relative to the top of the tree, exactly as Git has it; not yet checked for safety. */
  path: string;
  oid: Oid;
  /** Six octal digits: `100644`, `100755`, `120000` (link), `160000` (submodule). */
  mode: string;
}

export interface GitReader {
  /** Every ref but HEAD; empty only when there is none. */
  refs(): Promise<GitRef[]>;
  /** The commit that a revision names (branch, tag, oid, HEAD), null when there is no such thing. */
  resolveCommit(revision: string): Promise<Oid | null>;
  /** Files of a commit's tree whose path ends in `suffix` and lies within one of `folders` (default all), in byte order. */
  treeFiles(commit: Oid, options?: { suffix?: string; folders?: readonly string[] }): AsyncIterable<TreeFile>;
  /** The bytes of a blob, at most `cap` of them: null when it is larger. Absent objects throw `git-failed`. */
  blob(oid: Oid, cap: number): Promise<Buffer | null>;
  /** As `blob`, for many at once, in order. */
  blobs(oids: readonly Oid[], cap: number): AsyncIterable<{ oid: Oid; bytes: Buffer | null }>;
}
