/** What is read of a repository by the git program. */
import { inGroups } from "../../base/tasks.ts";
import { absent, brokenRef, type GitObject, isOid, parseCommit, parseTag, wrongType } from "../objects.ts";
import type { GitPlace } from "../place.ts";
import {
  type GitCommit,
  type GitReader,
  type GitRef,
  type GitTag,
  type Oid,
  TAG_CAP,
  type TreeFile,
  type TreeFilter,
} from "../reader.ts";
import { type Environment, type GitAnswer, type GitCall, gitFields, runGit } from "../run.ts";
import { notShownAbsent } from "./absences.ts";
import {
  absentObjects,
  type Look,
  lookUp,
  objectSizes,
  peelObjects,
  readBlobs,
  readObjects,
  readPaths,
  readTags,
} from "./cat-file.ts";
import { filesOfCommits } from "./commit-files.ts";
import { type LargeBlob, largeBlobs } from "./history-sizes.ts";
import { looseRef } from "./loose-ref.ts";
import { Standing } from "./standing.ts";
import { type Brought, broughtBy, listCommits, listReached, type Reached, type Span } from "./walk.ts";

/** Objects held in memory at once. */
const TOGETHER = 500;

/** What answers for the objects of a repository that is open. */
const standingAt = new WeakMap<GitPlace, Standing>();

/** The git program as a reader, and what it reads that the other hand does not. */
export class ProgramReader implements GitReader {
  readonly place: GitPlace;
  /** What every git here is given; places in it are absolute. */
  readonly env: Environment;

  protected constructor(place: GitPlace, env: Environment) {
    this.place = place;
    this.env = env;
  }

  /** Runs git at the top level of the work tree. */
  run(args: readonly string[], call: Partial<GitCall> = {}): Promise<GitAnswer> {
    return runGit(args, { ...this.#call(), ...call });
  }

  #call(): GitCall & { standing: Standing } {
    const call = { cwd: this.place.top, env: this.env };
    // The variables of a variant say nothing of where objects are.
    let standing = standingAt.get(this.place);
    if (!standing) standingAt.set(this.place, (standing = new Standing(call)));
    return { ...call, standing };
  }

  async refs(): Promise<GitRef[]> {
    // What tags point to stands in packed-refs, where one command reads it and the other would open every tag.
    const [listed, peeled] = await Promise.all([
      this.run(["for-each-ref", "--format=%(objectname) %(refname)"]),
      this.run(["show-ref", "--dereference"], { answers: [0, 1] }),
    ]);
    const broken = /ignoring (?:broken ref|ref with broken name) (.*)/.exec(listed.words)?.[1];
    if (broken !== undefined) throw brokenRef(broken);
    const found = refsOf(listed.stdout.toString("utf8"), peeled.stdout.toString("utf8"));
    // A ref that came or moved between the two is looked at by itself.
    for (const ref of found.alone) ref.peeled = await this.#peel(ref.oid);
    return found.refs;
  }

  async #peel(oid: Oid): Promise<Oid> {
    return (await peelObjects([oid], this.#call()))[0] as Oid;
  }

  async resolveCommit(revision: string): Promise<Oid | null> {
    const known = isOid(revision) ? revision : looseRef(revision, this.place);
    const [commit] = known ? await this.lookUp([`${known}^{commit}`]) : [];
    return commit ? commit.oid : this.#resolve(revision);
  }

  async #resolve(revision: string): Promise<Oid | null> {
    const resolve = (name: string): Promise<GitAnswer> =>
      this.run(["rev-parse", "--verify", "--quiet", "--end-of-options", name], { answers: [0, 1, 128] });
    const { stdout, status } = await resolve(`${revision}^{commit}`);
    if (status === 0) return stdout.toString("latin1").trim() as Oid;
    // Git says the same of a ref that is not there and of one whose object is missing or damaged.
    const named = await resolve(revision);
    if (named.status !== 0 || (isOid(revision) && !(await this.#has(revision)))) return null;
    await this.#peel(named.stdout.toString("latin1").trim() as Oid);
    return null;
  }

  async #has(oid: Oid): Promise<boolean> {
    return (await this.run(["cat-file", "-e", oid], { answers: [0, 1] })).status === 0;
  }

  async tag(oid: Oid): Promise<GitTag | null> {
    const [bytes] = await readTags([oid], TAG_CAP, this.#call());
    return bytes ? parseTag(oid, bytes) : null;
  }

  async *tags(oids: readonly Oid[]): AsyncGenerator<{ oid: Oid; tag: GitTag | null }> {
    const tags = await readTags(oids, TAG_CAP, this.#call());
    for (const [index, oid] of oids.entries()) {
      const bytes = tags[index] ?? null;
      yield { oid, tag: bytes && parseTag(oid, bytes) };
    }
  }

  async commit(oid: Oid): Promise<GitCommit> {
    const { type, bytes } = await this.#object(oid);
    if (type !== "commit") throw wrongType(oid, "commit", type);
    return parseCommit(oid, bytes);
  }

  async *commits(oids: readonly Oid[]): AsyncGenerator<{ oid: Oid; commit: GitCommit }> {
    for await (const { oid, bytes } of this.#objects(oids, "commit")) yield { oid, commit: parseCommit(oid, bytes) };
  }

  trees(oids: readonly Oid[]): AsyncGenerator<{ oid: Oid; bytes: Buffer }> {
    return this.#objects(oids, "tree");
  }

  async *#objects(oids: readonly Oid[], wanted: "commit" | "tree"): AsyncGenerator<{ oid: Oid; bytes: Buffer }> {
    for await (const group of inGroups(oids, TOGETHER)) {
      for (const [index, { type, bytes }] of (await readObjects(group, this.#call())).entries()) {
        const oid = group[index] as Oid;
        if (type !== wanted) throw wrongType(oid, wanted, type);
        yield { oid, bytes };
      }
    }
  }

  async #object(oid: Oid): Promise<GitObject> {
    return (await readObjects([oid], this.#call()))[0] as GitObject;
  }

  async fileAt(commit: Oid, path: string): Promise<TreeFile | null> {
    // Git would take these for something else than names in a tree.
    if (path.split("/").some((name) => name === "" || name === "." || name === "..")) return null;
    for await (const file of this.#lsTree(commit, [path], []))
      if (file.path === path && file.mode !== "040000") return file;
    return null;
  }

  async *treeFiles(commit: Oid, options: TreeFilter = {}): AsyncGenerator<TreeFile> {
    const folders = (options.folders ?? []).filter((folder) => folder !== "");
    for await (const file of this.#lsTree(commit, folders, ["-r"]))
      if (file.path.endsWith(options.suffix ?? "")) yield file;
  }

  /** As `treeFiles`, for many commits at once, in order. */
  filesOfCommits(commits: readonly Oid[], suffix: string): AsyncIterable<{ commit: Oid; files: TreeFile[] }> {
    return filesOfCommits(commits, suffix, this.#call());
  }

  async *#lsTree(commit: Oid, paths: readonly string[], flags: readonly string[]): AsyncGenerator<TreeFile> {
    const args = ["--literal-pathspecs", "ls-tree", ...flags, "-z", "--full-tree", commit, "--", ...paths];
    for await (const lines of gitFields(args, this.#call())) {
      for (const line of lines) {
        const match = /^([0-7]{6}) \w+ ([0-9a-f]+)\t([^]+)$/.exec(line);
        if (match) yield { mode: match[1] as string, oid: match[2] as Oid, path: match[3] as string };
      }
    }
  }

  async *filesAt(wanted: readonly { commit: Oid; path: string }[], cap: number): AsyncGenerator<Buffer | null> {
    const missing = async (indices: readonly number[]): Promise<void> => {
      const unfound = indices.map((index) => wanted[index] as { commit: Oid; path: string });
      for (const at of await notShownAbsent(unfound, this.#call())) {
        const { commit, path } = unfound[at] as { commit: Oid; path: string };
        const file = await this.fileAt(commit, path);
        if (file && file.mode !== "160000") throw absent(file.oid);
      }
    };
    yield* await readPaths(
      wanted.map(({ commit, path }) => `${commit}:${path}`),
      cap,
      { ...this.#call(), missing },
    );
  }

  async blob(oid: Oid, cap: number): Promise<Buffer | null> {
    return (await readBlobs([oid], cap, this.#call()))[0] ?? null;
  }

  async *blobs(oids: readonly Oid[], cap: number): AsyncGenerator<{ oid: Oid; bytes: Buffer | null }> {
    const all = await readBlobs(oids, cap, this.#call());
    for (const [index, oid] of oids.entries()) yield { oid, bytes: all[index] ?? null };
  }

  /** What stands for each name, which is an id or begins with one, and has no line feed; null for nothing. */
  lookUp(names: readonly string[]): Promise<(Look | null)[]> {
    return lookUp(names, this.#call());
  }

  /** Sizes in bytes, in the order asked. */
  objectSizes(oids: readonly Oid[]): Promise<number[]> {
    return objectSizes(oids, this.#call());
  }

  /** Which of the ids this repository has no object for. */
  absent(oids: readonly Oid[]): Promise<Set<Oid>> {
    return absentObjects(oids, this.#call());
  }

  /** Every file of that suffix that commits of the span brought or changed. Absent commits throw `git-failed`. */
  async *history(span: Span, suffix: string): AsyncGenerator<Brought> {
    yield* broughtBy(await listCommits(span, this.#call(), this.place), suffix, this.#call());
  }

  /** As `history`, of all that refs and reflogs of any work tree reach, and of what is asked for besides. */
  async *reachedHistory(reached: Reached, suffix: string): AsyncGenerator<Brought> {
    for (const commits of await listReached(reached, this.#call(), this.place))
      yield* broughtBy(commits, suffix, this.#call());
  }

  /** Every file of the history above that many bytes, by the path it had first. */
  largeBlobs(above: number): Promise<LargeBlob[]> {
    return largeBlobs(above, this.#call());
  }
}

/**
 * The refs of `git for-each-ref`, with what stands at their ends by `git show-ref --dereference`. Both have the same
 * refs in the same order, of which there may be tens of thousands; `alone`: those that stand in the first otherwise.
 */
function refsOf(listed: string, shown: string): { refs: GitRef[]; alone: GitRef[] } {
  const [refs, alone]: [GitRef[], GitRef[]] = [[], []];
  let targets: Map<string, string> | null = null;
  for (let start = 0, at = 0; start < listed.length;) {
    const feed = listed.indexOf("\n", start);
    const end = feed < 0 ? listed.length : feed;
    const line = listed.slice(start, end);
    start = end + 1;
    const space = line.indexOf(" ");
    const [oid, name] = [line.slice(0, space) as Oid, line.slice(space + 1)];
    const ref = { name, oid, peeled: oid };
    refs.push(ref);
    const isNext = targets === null && shown.startsWith(`${line}\n`, at);
    if (isNext) {
      at += line.length + 1;
      if (!shown.startsWith(`${name}^{}\n`, at + space + 1)) continue;
      ref.peeled = shown.slice(at, at + space) as Oid;
      at += line.length + 4;
    } else {
      // From here on the two differ.
      targets ??= targetsIn(shown);
      if (targets.has(line)) ref.peeled = targets.get(line) as Oid;
      else alone.push(ref);
    }
  }
  return { refs, alone };
}

/** What stands at the end of each ref, by its line. */
function targetsIn(shown: string): Map<string, string> {
  const found = new Map<string, string>();
  let last = "";
  for (const line of shown.split("\n")) {
    const oid = line.slice(0, line.indexOf(" "));
    if (line.endsWith("^{}")) found.set(last, oid);
    else if (line !== "") found.set((last = line), oid);
  }
  return found;
}
