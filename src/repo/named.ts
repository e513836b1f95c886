/**
 * Which blobs a commit names that a ref, a reflog or anything of Git's reaches: only those does gc keep for as long as
 * Git keeps the commit.
 */
import type { RepoPath } from "../base/paths.ts";
import { heldObjects } from "../git/held.ts";
import type { Oid } from "../git/reader.ts";
import type { Hash } from "../values/hash.ts";
import { LEAF_CAP, parseLeaf } from "../values/manifest.ts";
import { readLeaves } from "../values/manifest-io.ts";
import {
  isPointerPath,
  type Pointer,
  POINTER_CAP,
  POINTER_SUFFIX,
  pointerPathOf,
  readPointer,
} from "../values/pointer.ts";
import { readPointers } from "./pointer-uses.ts";
import type { Repo } from "./repo.ts";
import { isListLack } from "../store/lack.ts";

/** Hashes by the tracked path, of now or of before, under which they stand. */
export type Asked = ReadonlyMap<RepoPath, ReadonlySet<Hash>>;

/** Entries of HEAD's reflog that are looked at before all of history is. */
const RECENT = 8;

/**
 * Those of the hashes that no pointer of a commit names, at whatever path, and no manifest behind one. The commits that
 * HEAD was at last, at the paths themselves, are asked first: after a `git checkout` the one before answers, without a
 * walk through history.
 */
export async function unnamed(repo: Repo, asked: Asked): Promise<Set<Hash>> {
  const open = new Set([...asked.values()].flatMap((hashes) => [...hashes]));
  const looked = new Set<Hash>();
  const strikeAll = async (pointers: readonly Pointer[]): Promise<void> => {
    for (const pointer of pointers) if (open.size > 0) await strike(repo, pointer, { open, looked });
  };
  const [now, before, ...earlier] = open.size === 0 ? [] : await recentCommits(repo);
  for (const commits of [[before], [now, ...earlier]]) {
    const paths = [...asked].filter(([, hashes]) => [...hashes].some((hash) => open.has(hash))).map(([path]) => path);
    await strikeAll(
      await pointersAt(
        repo,
        commits.filter((each) => each !== undefined),
        paths,
      ),
    );
  }
  if (open.size > 0) await strikeAll(await allPointers(repo));
  return open;
}

/** Where HEAD was, the latest first. A branch without a commit has no reflog. */
async function recentCommits(repo: Repo): Promise<Oid[]> {
  const { stdout, status } = await repo.git.run(["rev-list", "--walk-reflogs", `--max-count=${RECENT}`, "HEAD", "--"], {
    answers: [0, 128],
  });
  return status === 0
    ? ([
        ...new Set(
          stdout
            .toString("latin1")
            .split("\n")
            .filter((line) => line !== ""),
        ),
      ] as Oid[])
    : [];
}

/** Pointers of these paths in the commits. */
export async function pointersAt(repo: Repo, commits: readonly Oid[], paths: readonly RepoPath[]): Promise<Pointer[]> {
  // Names are asked for line by line.
  const names = commits.flatMap((commit) =>
    paths.filter((path) => !path.includes("\n")).map((path) => `${commit}:${pointerPathOf(path)}`),
  );
  if (names.length === 0) return [];
  const oids = new Set<Oid>();
  for (const look of await repo.git.lookUp(names))
    if (look?.type === "blob" && look.size <= POINTER_CAP) oids.add(look.oid);
  return pointersOf(repo, [...oids]);
}

async function pointersOf(repo: Repo, oids: readonly Oid[]): Promise<Pointer[]> {
  const pointers: Pointer[] = [];
  for await (const { bytes } of repo.git.blobs(oids, POINTER_CAP)) {
    const reading = bytes && readPointer(bytes);
    if (reading?.kind === "pointer") pointers.push(reading.pointer);
  }
  return pointers;
}

/** Every pointer that a commit brought which Git reaches in any way; one that cannot be read names nothing. */
async function allPointers(repo: Repo): Promise<Pointer[]> {
  const brought: { path: string; oid: Oid; where: string }[] = [];
  const { commits } = await heldObjects(repo.git, repo.env);
  for await (const { path, oid, commit } of repo.git.reachedHistory({ held: commits, more: [] }, POINTER_SUFFIX)) {
    if (isPointerPath(path)) brought.push({ path, oid, where: commit });
  }
  const found = new Map<string, Pointer>();
  for (const { pointer } of (await readPointers(repo, brought)).uses)
    found.set(`${pointer.hash} ${pointer.files}`, pointer);
  return [...found.values()];
}

/** Takes out of `open` what the pointer names. A manifest that the cache lacks vouches for nothing. */
async function strike(
  repo: Repo,
  pointer: Pointer,
  { open, looked }: { open: Set<Hash>; looked: Set<Hash> },
): Promise<void> {
  if (pointer.files === undefined) return void open.delete(pointer.hash);
  if (looked.has(pointer.hash)) return;
  looked.add(pointer.hash);
  try {
    for (const leaf of await readLeaves(pointer.hash, repo.loadManifest)) {
      if (looked.has(leaf.hash) || open.size === 0) continue;
      looked.add(leaf.hash);
      for (const { hash } of parseLeaf(repo.loadManifest(leaf.hash, LEAF_CAP))) open.delete(hash);
    }
  } catch (error) {
    if (!isListLack(error)) throw error;
  }
}
