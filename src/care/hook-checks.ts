/** The checks of the hooks: on what is staged, and on a range of commits. */
import { join, posix } from "node:path";
import { readUpTo } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { Oid } from "../git/reader.ts";
import { isPointerPath, POINTER_CAP, readPointer } from "../values/pointer.ts";
import type { Repo } from "../repo/repo.ts";
import { listTracked, type Tracked } from "../repo/tracked.ts";
import { isBroughtAgain } from "./hooks/amount.ts";
import { checkChanges, type Finding } from "./hooks/check.ts";

export interface StagedReport {
  checked: number;
  findings: Finding[];
}

/** Checks what the commit being made would bring. `tracked`: what is tracked, when that is known already. */
export async function checkStaged(repo: Repo, tracked?: readonly Tracked[]): Promise<StagedReport> {
  const changes = await repo.git.staged();
  const pointers = tracked ?? (await listTracked(repo));
  const findings = await checkChanges(repo, {
    changes,
    pointers: async (paths) =>
      intersection(
        new Set(paths),
        pointers.map((each) => each.pointerPath),
      ),
    all: async () => pointers.map((each) => each.pointerPath),
    known: async (oids) => inTrees(repo, await commitsNamed(repo, ["HEAD", "MERGE_HEAD"]), oids),
    typed: (path) => typedAt(repo, path),
    tree: async () => (await repo.git.index()).map((each) => each.path),
    isBroughtAgain: isBroughtAgain(repo.git),
  });
  return { checked: changes.length, findings };
}

function intersection(wanted: ReadonlySet<string>, there: readonly string[]): Set<string> {
  return new Set(there.filter((each) => wanted.has(each)));
}

/** Git starts hooks at the top, and says where the user is. */
function typedAt(repo: Repo, path: string): string {
  const prefix = repo.env["GIT_PREFIX"];
  return prefix === undefined ? repo.typed(path) : posix.relative(prefix, path);
}

async function commitsNamed(repo: Repo, names: readonly string[]): Promise<Oid[]> {
  const found: Oid[] = [];
  for (const name of names) {
    const commit = await repo.git.resolveCommit(name);
    if (commit !== null) found.push(commit);
  }
  return found;
}

/** Which of the blobs these commits have, under any name. */
async function inTrees(repo: Repo, commits: readonly Oid[], oids: readonly Oid[]): Promise<Set<Oid>> {
  const known = new Set<Oid>();
  const wanted = new Set(oids);
  for (const commit of commits)
    for await (const file of repo.git.treeFiles(commit)) if (wanted.has(file.oid)) known.add(file.oid);
  return known;
}

export interface RangeReport {
  range: string;
  commits: number;
  /** Each wrong content under its name once, at the first commit that has it. */
  findings: (Finding & { commit: Oid })[];
}

/**
 * Checks every commit of `A..B`: what CI runs, since nobody can skip it with `--no-verify`. Throws `usage` for what is
 * no range here, or one of which the clone has not all.
 */
export async function checkRange(repo: Repo, range: string): Promise<RangeReport> {
  const commits = await commitsOf(repo, range);
  const findings = new Map<string, Finding & { commit: Oid }>();
  for (const [commit = "" as Oid, ...parents] of commits) {
    repo.watch.signal.throwIfAborted();
    const changes = await repo.git.rawDiff([
      "diff-tree",
      "--no-commit-id",
      "--root",
      "--no-renames",
      "--diff-filter=d",
      "-m",
      "--first-parent",
      commit,
    ]);
    const found = await checkChanges(repo, {
      changes,
      pointers: (paths) => pointersIn(repo, commit, paths),
      all: () => pointerPathsIn(repo, commit),
      known: (oids) => inTrees(repo, parents, oids),
      typed: (path) => repo.typed(path),
      tree: () => pathsIn(repo, commit),
      isBroughtAgain: false,
    });
    for (const each of found) {
      const key = `${each.kind} ${each.oid} ${each.path}`;
      if (!findings.has(key)) findings.set(key, { ...each, commit });
    }
  }
  const tip = commits.at(-1)?.[0];
  const { checkStageEdits } = await import("./hooks/stage-edits.ts");
  const edits = tip === undefined ? [] : await checkStageEdits(repo, range, tip);
  return { range, commits: commits.length, findings: [...findings.values(), ...edits] };
}

/** Each commit with its parents, oldest first. Throws `usage` where the clone does not have all of them. */
async function commitsOf(repo: Repo, range: string): Promise<Oid[][]> {
  const subject = display(range);
  const { stdout, status } = await repo.git.run(
    ["rev-list", "--reverse", "--topo-order", "--parents", "--end-of-options", range, "--"],
    { answers: [0, 128] },
  );
  if (status !== 0)
    throw new MvgitError("usage", `'${subject}' is no range of commits here`, {
      subject,
      hint: "name two commits that the clone has, such as 'origin/main..HEAD' (CI often clones only the last commit)",
    });
  const commits = stdout
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" ") as Oid[]);
  // What a shallow clone ends with looks as if it brought everything.
  const ends = new Set(
    (readUpTo(join(repo.git.place.commonDir, "shallow"), 16 * 1024 * 1024)?.toString("latin1") ?? "").split("\n"),
  );
  const end = commits.find(([commit = ""]) => ends.has(commit));
  if (end)
    throw new MvgitError(
      "usage",
      `cannot check '${subject}': this clone is shallow, and its history ends inside of the range`,
      { subject, hint: "get the rest with 'git fetch --unshallow', or let CI clone all of it (see docs/hooks.md)" },
    );
  return commits;
}

async function pointerPathsIn(repo: Repo, commit: Oid): Promise<string[]> {
  const found: string[] = [];
  for await (const { path } of repo.git.treeFiles(commit, { suffix: ".mvgit" }))
    if (isPointerPath(path)) found.push(path);
  return found;
}

async function pathsIn(repo: Repo, commit: Oid): Promise<string[]> {
  const found: string[] = [];
  for await (const { path } of repo.git.treeFiles(commit)) found.push(path);
  return found;
}

async function pointersIn(repo: Repo, commit: Oid, paths: readonly string[]): Promise<Set<string>> {
  const found = new Map<string, Oid>();
  if (paths.length === 0) return new Set();
  const wanted = new Set(paths);
  for await (const file of repo.git.treeFiles(commit, { suffix: ".mvgit" }))
    if (wanted.has(file.path)) found.set(file.path, file.oid);
  const others = new Set<Oid>();
  for await (const { oid, bytes } of repo.git.blobs([...new Set(found.values())], POINTER_CAP))
    if (bytes === null || readPointer(bytes).kind === "other") others.add(oid);
  return new Set([...found].filter(([, oid]) => !others.has(oid)).map(([path]) => path));
}
