/** What tracked paths were made from: as it is remembered, and from history where nothing is. */
import { isMvgitError } from "../base/errors.ts";
import type { RepoPath } from "../base/paths.ts";
import type { Oid } from "../git/reader.ts";
import { alignEntries, type EntryArrays } from "../values/align-entries.ts";
import type { Hash } from "../values/hash.ts";
import { ManifestWriter, readManifest } from "../values/manifest-io.ts";
import { pointerPathOf } from "../values/pointer.ts";
import { Intake } from "../store/cache/intake.ts";
import type { BaseSource } from "../worktree/base-files.ts";
import { type Put, putOf } from "../worktree/bases.ts";
import { pointersAt } from "./named.ts";
import type { Repo } from "./repo.ts";

/** Commits that changed a path, the latest first, which are asked what it was. */
const RECENT = 50;

export function baseSource(repo: Repo): BaseSource {
  const histories = new Map<RepoPath, Promise<Put[]>>();
  const history = (path: RepoPath): Promise<Put[]> => {
    const known = histories.get(path) ?? historyOf(repo, path);
    histories.set(path, known);
    return known;
  };
  return { of: (path) => repo.stats.bases.get(path), history, load: repo.loadManifest };
}

async function historyOf(repo: Repo, path: RepoPath): Promise<Put[]> {
  const { stdout, status } = await repo.git.run(
    ["rev-list", `--max-count=${RECENT}`, "HEAD", "--", `:(top,literal)${pointerPathOf(path)}`],
    { answers: [0, 128] },
  );
  if (status !== 0) return [];
  const commits = stdout
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "") as Oid[];
  return (await pointersAt(repo, commits, [path])).map(putOf);
}

/** A part of a folder that a command put there or took from there. */
export interface Part {
  /** The manifest that tells of it. */
  root: Hash;
  /** Whether a path inside the folder is of it; of all else tells what was known before. */
  isPart: (inside: RepoPath) => boolean;
  /** What is not there for its name. */
  apart: ReadonlySet<string>;
}

/** Remembers what a part of a folder was made from, beside what is known of the rest. */
export async function knowPart(repo: Repo, path: RepoPath, { root, isPart, apart }: Part): Promise<void> {
  const { bases } = repo.stats;
  const { put, begun } = bases.get(path);
  if (put === "unknown" || (apart.size === 0 && typeof put !== "string" && put.kind === "folder" && put.hash === root))
    return;
  const others = begun.filter((each) => each.hash !== root);
  const before = typeof put === "string" || put.kind !== "folder" ? [] : readManifest(put.hash, repo.loadManifest);
  const made = await compose(repo, { before, after: readManifest(root, repo.loadManifest), isPart, apart });
  bases.replace(path, { put: putOfPart(made), begun: others });
}

/** `root`: of a manifest that is half of before; null where no file is left. */
function putOfPart(root: Hash | "unknown" | null): Put | "unknown" | "nothing" {
  if (root === "unknown") return "unknown";
  return root === null ? "nothing" : { kind: "folder", hash: root, size: 0 };
}

async function compose(
  repo: Repo,
  { before, after, isPart, apart }: Omit<Part, "root"> & { before: EntryArrays; after: EntryArrays },
): Promise<Hash | "unknown" | null> {
  const intake = new Intake(repo.cache);
  const writer = new ManifestWriter(async (bytes) => intake.store(bytes));
  try {
    for await (const portion of alignEntries([before, after])) {
      const entries = portion.flatMap(
        ([old = null, now = null]) => (isPart((now ?? old)?.path as RepoPath) ? now : old) ?? [],
      );
      await writer.addAll(entries.filter((each) => !apart.has(each.path)));
    }
    return (await writer.end())?.root ?? null;
  } catch (error) {
    // A folder of two times may hold names that clash, and a manifest of before may be gone.
    if (isMvgitError(error)) return "unknown";
    throw error;
  } finally {
    await intake.settle().catch(() => {});
  }
}
