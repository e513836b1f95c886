/** The checks of the hooks: on what is staged, and on a range of commits. */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import type { Oid } from "../../git/reader.ts";
import type { Repo } from "../../repo/repo.ts";
import { listTracked, type Tracked } from "../../repo/tracked.ts";
import { checkChanges, type Finding } from "./check.ts";

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
    exists: async () => new Set(pointers.map((each) => each.pointerPath)),
    known: (oids) => inHead(repo, oids),
  });
  return { checked: changes.length, findings };
}

/** Which of the blobs HEAD has, under any name. */
async function inHead(repo: Repo, oids: readonly Oid[]): Promise<Set<Oid>> {
  const head = await repo.git.resolveCommit("HEAD");
  const known = new Set<Oid>();
  const wanted = new Set(oids);
  if (head === null) return known;
  for await (const file of repo.git.treeFiles(head)) if (wanted.has(file.oid)) known.add(file.oid);
  return known;
}

export interface RangeReport {
  range: string;
  commits: number;
  findings: (Finding & { commit: Oid })[];
}

/** Checks every commit of `A..B`: what CI runs, since nobody can skip it with `--no-verify`. */
export async function checkRange(repo: Repo, range: string): Promise<RangeReport> {
  const commits = await commitsOf(repo, range);
  const findings: RangeReport["findings"] = [];
  const known = async (): Promise<Set<Oid>> => new Set();
  for (const commit of commits) {
    repo.watch.signal.throwIfAborted();
    const changes = await repo.git.rawDiff(["diff-tree", "--no-commit-id", "--root", "--no-renames", "--diff-filter=d", "-m", "--first-parent", commit]);
    const found = await checkChanges(repo, { changes, exists: (paths) => inTree(repo, commit, paths), known });
    findings.push(...found.map((each) => ({ ...each, commit })));
  }
  return { range, commits: commits.length, findings };
}

async function commitsOf(repo: Repo, range: string): Promise<Oid[]> {
  const { stdout, status } = await repo.git.run(["rev-list", "--reverse", "--end-of-options", range], { answers: [0, 128] });
  if (status !== 0) throw new MvgitError("usage", `'${display(range)}' is no range of commits here`, { subject: display(range), hint: "name two commits that the clone has: 'origin/main..HEAD' (CI often clones only the last commit)" });
  return stdout.toString("latin1").split("\n").filter((line) => line !== "") as Oid[];
}

async function inTree(repo: Repo, commit: Oid, paths: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  if (paths.length === 0) return found;
  const wanted = new Set(paths);
  for await (const file of repo.git.treeFiles(commit, { suffix: ".mvgit" })) if (wanted.has(file.path)) found.add(file.path);
  return found;
}
