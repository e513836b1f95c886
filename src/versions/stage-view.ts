/** `stages.yaml` in the work tree: rebuilt from the event tags, and committed by itself. */
import { readUpTo } from "../base/disk.ts";
import { type ErrorCode, isMvgitError, MvgitError } from "../base/errors.ts";
import { display, type RepoPath } from "../base/paths.ts";
import { commitFile } from "../git/history.ts";
import { pushToHost } from "../git/host.ts";
import { readRefusal } from "../git/host-words.ts";
import type { GitRef, Oid } from "../git/reader.ts";
import { formatStages, readStages, STAGES_CAP, STAGES_FILE, type StageLine } from "../values/stages-file.ts";
import type { Repo } from "../repo/repo.ts";
import { eventRefs, newestEvent, stageName, type StageOf } from "../registry/chain.ts";
import { look } from "../worktree/stamp.ts";

/**
 * What the event tags say, as lines of the file. A line of `before` stays where it tells of the newest event or a later
 * one than this clone has, so that an edit which waits to be applied is kept, and where the chain is broken.
 */
export async function linesOf(
  repo: Repo,
  refs: readonly GitRef[],
  before: readonly StageLine[] = [],
): Promise<StageLine[]> {
  const lines: StageLine[] = [];
  const newest = new Map(eventRefs(refs).map((ref) => [stageName(ref), ref]));
  for (const { model, stage, number } of newest.values()) {
    const kept = before.find((line) => line.model === model && line.stage === stage);
    const line = (kept?.event ?? 0) >= number ? kept : ((await lineOf(repo, refs, { model, stage })) ?? kept);
    if (line) lines.push(line);
  }
  return [...lines, ...before.filter((line) => line.event !== null && !newest.has(stageName(line)))];
}

/** Null for a stage whose events cannot be trusted, or that has none. */
async function lineOf(repo: Repo, refs: readonly GitRef[], of: StageOf): Promise<StageLine | null> {
  const own = refs.filter(({ name }) => name.startsWith(`refs/tags/${stageName(of)}#`));
  const found = await newestEvent(repo.git, own, of).catch((error: unknown) => {
    if (isMvgitError(error, "chain-broken")) return null;
    throw error;
  });
  return found && { ...of, version: found.event.version, event: found.event.number };
}

/** What became of the file after a move. */
export interface ViewReport {
  stagesFile: "committed" | "pushed" | "unchanged" | "left";
  /** Why it was left, or not pushed. */
  note?: string;
}

/**
 * The text of the file in the work tree, with the line ends that Git keeps; null when there is none. Throws
 * `link-refused`.
 */
export function readView(repo: Repo): string | null {
  const file = repo.guard.resolveText(STAGES_FILE as RepoPath);
  return readUpTo(file, STAGES_CAP)?.toString("utf8").replaceAll("\r\n", "\n") ?? null;
}

/** False where somebody changed the file since it was read as `before`. */
function writeView(repo: Repo, before: string | null, text: string): boolean {
  let isAsRead = true;
  repo.changeText(STAGES_FILE as RepoPath, (read) => {
    const now = read();
    isAsRead = (now?.replaceAll("\r\n", "\n") ?? null) === before;
    return isAsRead && before !== text ? text : now;
  });
  return isAsRead;
}

/** Rewrites the file and commits it alone. What the user changed in it and did not commit is left as it is. */
export async function commitView(
  repo: Repo,
  message: string,
  options: { host: string | null; refs: readonly GitRef[]; published: Oid | null },
): Promise<ViewReport> {
  // A first commit made here would have nothing to do with the host's history.
  if ((await repo.git.resolveCommit("HEAD")) === null)
    return { stagesFile: "left", note: `'${STAGES_FILE}' was not written, since no commit is checked out` };
  if (look(repo.guard.resolve(STAGES_FILE as RepoPath))?.kind === "link")
    return { stagesFile: "left", note: `'${STAGES_FILE}' is a symbolic link and was left as it is` };
  const before = readView(repo);
  const lines = await linesOf(repo, options.refs, before === null ? [] : await readStages(before).catch(unreadable));
  const text = formatStages(lines);
  const committed = await inHead(repo);
  if ((before !== null && before !== committed && before !== text) || !writeView(repo, before, text)) {
    return {
      stagesFile: "left",
      note: `'${STAGES_FILE}' has changes of yours and was left as it is; 'mvgit stage check' compares it`,
    };
  }
  if (committed === text) return { stagesFile: "unchanged" };
  const parent = await repo.git.resolveCommit("HEAD");
  try {
    await commitFile(repo.git, STAGES_FILE as RepoPath, message);
  } catch (error) {
    if (!isMvgitError(error, "git-failed")) throw error;
    return {
      stagesFile: "left",
      note: `'${STAGES_FILE}' was rewritten but could not be committed (${error.message}); commit it yourself`,
    };
  }
  return options.host === null
    ? { stagesFile: "committed" }
    : pushView(repo, { host: options.host, parent, published: options.published });
}

/** The file's text at a revision, null where it is not. Throws `usage` for what is no commit. */
export async function stagesAt(repo: Repo, revision: string): Promise<string | null> {
  if (revision.endsWith("^{tree}")) return null;
  const commit = await repo.git.resolveCommit(revision);
  if (commit === null)
    throw new MvgitError("usage", `'${display(revision)}' is no commit here`, {
      subject: display(revision),
      hint: "in CI, clone with the whole history ('fetch-depth: 0')",
    });
  const file = await repo.git.fileAt(commit, STAGES_FILE);
  if (file === null) return null;
  const bytes = await repo.git.blob(file.oid, STAGES_CAP);
  if (bytes !== null) return bytes.toString("utf8");
  throw new MvgitError(
    "setting-invalid",
    `cannot read '${STAGES_FILE}' of '${display(revision)}': it is larger than 1 MiB`,
    { subject: STAGES_FILE, hint: "let 'mvgit stage check --write' make it anew" },
  );
}

/** An unreadable file is rewritten only when it is committed, so nothing is lost with it. */
function unreadable(error: unknown): StageLine[] {
  if (isMvgitError(error, "setting-invalid")) return [];
  throw error;
}

async function inHead(repo: Repo): Promise<string | null> {
  const head = await repo.git.resolveCommit("HEAD");
  const file = head && (await repo.git.fileAt(head, STAGES_FILE));
  return file ? ((await repo.git.blob(file.oid, STAGES_CAP))?.toString("utf8") ?? null) : null;
}

/**
 * Pushes to the branch's own one at the host when that is a fast-forward and shows nobody anything new but this commit.
 */
async function pushView(
  repo: Repo,
  { host, parent, published }: { host: string; parent: Oid | null; published: Oid | null },
): Promise<ViewReport> {
  const branch = await repo.git.currentBranch();
  const later = (why: string): ViewReport => ({
    stagesFile: "committed",
    note: `the commit of '${STAGES_FILE}' ${why}`,
  });
  if (branch === null) return later("stands on no branch; push it where you want it");
  const target = await branchAtHost(repo, host, branch);
  if (target === null) return later(`goes with your next 'git push', since '${host}' has no branch '${branch}' yet`);
  const known = [`--remotes=${host}`, ...(published ? [published] : [])];
  const { stdout } = await repo.git.run(["rev-list", "--count", parent ?? "HEAD", "--not", ...known, "--"]);
  if (parent === null || stdout.toString("latin1").trim() !== "0")
    return later(`goes with your next 'git push', since '${branch}' has other commits that are not pushed`);
  const words = await pushToHost(repo.git, host, [`HEAD:refs/heads/${target}`]);
  if (words === null) return { stagesFile: "pushed" };
  const { code, why } = readRefusal(words);
  return later(`could not be pushed to '${display(target)}': ${why}; ${nextAfter(code)}`);
}

function nextAfter(refused: ErrorCode): string {
  if (refused === "name-taken") return "'git pull' first, then 'git push'";
  if (refused === "access-denied") return "bring it there as any other commit is brought, such as by a merge request";
  return "'git push' when the host can be reached";
}

/**
 * The branch at the host that this one follows, else that of the same name; null when the host has none, as far as is
 * known.
 */
async function branchAtHost(repo: Repo, host: string, branch: string): Promise<string | null> {
  const config = new Map((await repo.git.config()).map(({ key, value }) => [key, value]));
  const followed = config.get(`branch.${branch}.remote`) === host ? config.get(`branch.${branch}.merge`) : undefined;
  const target = followed?.startsWith("refs/heads/") ? followed.slice("refs/heads/".length) : branch;
  return (await repo.git.resolveCommit(`refs/remotes/${host}/${target}`)) === null ? null : target;
}
