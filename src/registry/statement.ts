/**
 * Whether a version is one statement: what its package says must be what its commit holds. Tag, package file and hash
 * vouch for each other elsewhere; here the package is held against pointers, tree and people of the commit that its tag
 * stands on.
 */
import { isMvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import type { GitCommit, GitIdentity, GitReader, GitTag, Oid } from "../git/reader.ts";
import { type Entry, Paths, Trees } from "../git/trees.ts";
import { type Package, type PackageFile, packagePath } from "../values/package.ts";
import { isSamePerson, readPerson } from "../values/person.ts";
import { type Pointer, POINTER_CAP, pointerPathOf, readPointer } from "../values/pointer.ts";

export interface Statement {
  /** That the tag stands on. */
  commit: Oid;
  pack: Package;
  tag: GitTag;
}

/**
 * For each, in order, in what it contradicts itself, in words that fit after "cannot use it: "; null where it does not.
 */
export async function contradictions(reader: GitReader, versions: readonly Statement[]): Promise<(string | null)[]> {
  const commits: GitCommit[] = [];
  for await (const { commit } of reader.commits(versions.map((each) => each.commit))) commits.push(commit);
  const held = versions.map((version, index) => new Held(version, commits[index] as GitCommit));
  const trees = new Trees(reader);
  await trees.read(held);
  const pointers = new Map<Oid, Pointer | null>();
  const wanted = new Set(held.flatMap((each) => each.pointersIn(trees)));
  for await (const { oid, bytes } of reader.blobs([...wanted], POINTER_CAP)) pointers.set(oid, asPointer(bytes));
  const found: (string | null)[] = [];
  for (const each of held)
    found.push(
      each.people() ?? each.files(trees) ?? (await each.tracked(trees, { reader, pointers })) ?? each.tree(trees),
    );
  return found;
}

function asPointer(bytes: Buffer | null): Pointer | null {
  const reading = bytes && readPointer(bytes);
  return reading?.kind === "pointer" ? reading.pointer : null;
}

const isFile = (entry: Entry | null): entry is Entry =>
  entry !== null && (entry.mode === "100644" || entry.mode === "100755");

/** A version beside the commit that holds it. */
class Held {
  /** Of the commit's tree. */
  readonly root: Oid;
  /** All that is to be looked at, with what each output was before. */
  readonly paths = new Paths();
  readonly #version: Statement;
  readonly #commit: GitCommit;
  /**
   * What stood at each output's path before the run; empty where the package does not say, as one that nothing of
   * mvgit's made.
   */
  readonly #before = new Map<string, Entry | null>();

  constructor(version: Statement, commit: GitCommit) {
    this.root = commit.tree;
    this.#version = version;
    this.#commit = commit;
    const { code, data, weights, model } = version.pack;
    this.paths.add(packagePath(model));
    for (const { path } of [...data, ...weights]) this.paths.add(pointerPathOf(path));
    if (!code.outputs.some(({ path }) => path === packagePath(model))) return;
    for (const { path, before, mode } of code.outputs) {
      const entry = before === null || mode === null ? null : { mode, oid: before as Oid };
      this.#before.set(path, entry);
      this.paths.add(path, entry);
    }
  }

  people(): string | null {
    const { pack, tag } = this.#version;
    const { author, committer } = this.#commit;
    if (tag.tagger === null) return "its tag does not say who made it";
    if (!isSamePerson(readPerson(pack.author), author))
      return `its package is by '${display(pack.author)}', its commit by '${shown(author)}'`;
    if (isSamePerson(tag.tagger, committer) || isSamePerson(tag.tagger, author)) return null;
    return `its tag was made by '${shown(tag.tagger)}', its commit by '${shown(committer)}'`;
  }

  files(trees: Trees): string | null {
    const path = packagePath(this.#version.pack.model);
    return isFile(trees.at(this.root, path)) ? null : `'${path}' of its commit is not a regular file`;
  }

  /** Ids of the pointers that the commit has for what the package lists. */
  pointersIn(trees: Trees): Oid[] {
    const { data, weights } = this.#version.pack;
    return [...data, ...weights]
      .map(({ path }) => trees.at(this.root, pointerPathOf(path)))
      .filter(isFile)
      .map(({ oid }) => oid);
  }

  /** Weights are what the commit has; data is what the tree had that the version began with. */
  async tracked(
    trees: Trees,
    read: { reader: GitReader; pointers: ReadonlyMap<Oid, Pointer | null> },
  ): Promise<string | null> {
    const { data, weights } = this.#version.pack;
    for (const file of weights) {
      const problem = disagreement(file, trees.at(this.root, pointerPathOf(file.path)), read.pointers);
      if (problem !== null) return problem;
    }
    for (const file of data) {
      const path = pointerPathOf(file.path);
      const [now, before] = [trees.at(this.root, path), this.#before.get(path) ?? null];
      const problem =
        before === null || before.oid === now?.oid
          ? disagreement(file, now, read.pointers)
          : await formerDisagreement(file, before, read.reader);
      if (problem !== null) return problem;
    }
    return null;
  }

  tree(trees: Trees): string | null {
    if (this.#before.size === 0 || trees.changed(this.root, this.paths) === this.#version.pack.code.tree) return null;
    return prose`the files of its commit are not those that its package says: without its outputs they are not the
        tree that it began with`;
  }
}

function disagreement(
  file: PackageFile,
  entry: Entry | null,
  pointers: ReadonlyMap<Oid, Pointer | null>,
): string | null {
  const path = `'${display(file.path)}'`;
  if (entry === null) return `its package lists ${path}, which its commit does not track`;
  const pointer = isFile(entry) ? pointers.get(entry.oid) : null;
  if (!pointer) return `what its commit has in place of a pointer of ${path} is none`;
  return isSame(file, pointer) ? null : `its package and the pointer of its commit name other bytes for ${path}`;
}

/** Of data whose pointer the run itself changed. */
async function formerDisagreement(file: PackageFile, { oid }: Entry, reader: GitReader): Promise<string | null> {
  try {
    const pointer = asPointer(await reader.blob(oid, POINTER_CAP));
    return pointer && isSame(file, pointer)
      ? null
      : `its package names other bytes for '${display(file.path)}' than the tree that it began with`;
  } catch (error) {
    if (!isMvgitError(error, "git-failed")) throw error;
    return `the pointer that '${display(file.path)}' had before cannot be read: ${error.message}`;
  }
}

function isSame(a: PackageFile, b: Pointer): boolean {
  return a.hash === b.hash && a.size === b.size && a.files === b.files;
}

function shown({ name, email }: Pick<GitIdentity, "name" | "email">): string {
  return display(`${name} <${email}>`);
}
