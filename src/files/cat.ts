/** `mvgit cat`: the bytes of something tracked, from the cache or a remote, nothing written to the work tree. */
import { plural } from "../base/counts.ts";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { display, isWithin, type RepoPath } from "../base/paths.ts";
import { type Hash, parseHash } from "../values/hash.ts";
import { readManifest } from "../values/manifest-io.ts";
import type { Pointer } from "../values/pointer.ts";
import { manifestLoader } from "../repo/needs.ts";
import { commitPointers } from "../repo/pointer-uses.ts";
import type { Repo } from "../repo/repo.ts";
import { listTracked, pointerOf, select } from "../repo/tracked.ts";
import { conflictsOf } from "./merge/open.ts";
import type { ByteRange } from "../store/bytes.ts";
import { damagedHere, NO_REMOTE } from "../transfer/unhad.ts";

export interface CatRequest {
  /**
   * `PATH`, or `REV:PATH` with PATH from the top of the work tree or the current folder; `:1:PATH` to `:3:PATH` during
   * a merge; with `byHash` a hash or its beginning.
   */
  what: string;
  /** Any blob of the cache, or with its whole hash of the remote: what a forced checkout replaced is had again so. */
  byHash?: boolean;
  range?: ByteRange;
}

/** Throws `not-tracked`, `blob-missing`, `blob-damaged` (before the last bytes), `usage` for an unknown revision. */
export async function* cat(repo: Repo, request: CatRequest): AsyncGenerator<Uint8Array> {
  const { hash, size } = request.byHash ? await findHash(repo, request.what) : await find(repo, request.what);
  const range = request.range && { start: Math.min(request.range.start, size), end: Math.min(request.range.end, size) };
  if (repo.cache.has({ hash, size })) return yield* repo.cache.read(hash, range);
  if (repo.cache.sizeOf(hash) !== null) repo.cache.setAside(hash);
  const aside = repo.cache.asideOf(hash);
  let isGiven = false;
  try {
    for await (const chunk of (await repo.remotes()).read(hash, range && { ...range, of: size })) {
      isGiven = true;
      yield chunk;
    }
  } catch (error) {
    // Where no remote can help, what is wrong with the cache is what there is to tell.
    if (
      aside === null ||
      isGiven ||
      !isMvgitError(error) ||
      !["remote", "blob-missing"].some((word) => error.code.startsWith(word))
    )
      throw error;
    throw damagedHere(hash, aside, error.code === "remote-unknown" ? NO_REMOTE : "the remote");
  }
}

async function findHash(repo: Repo, typed: string): Promise<{ hash: Hash; size: number }> {
  if (!/^[0-9a-f]{7,64}$/.test(typed)) {
    throw new MvgitError("usage", `'${display(typed)}' is not a hash, or the first 7 characters of one at least`, {
      subject: display(typed),
      hint: "'mvgit ls' shows hashes",
    });
  }
  const here = repo.cache.startingWith(typed);
  // What 'ls' and 'status' show the beginning of may be in the remote alone.
  const found = here.length > 0 || typed.length === 64 ? here : await trackedStarting(repo, typed);
  if (found.length > 1)
    throw new MvgitError("usage", `${plural(found.length, "blob")} begin with '${typed}'`, {
      subject: typed,
      hint: "give more characters of the hash",
    });
  const hash = found[0] ?? parseHash(typed);
  const size = hash && (repo.cache.sizeOf(hash) ?? (await (await repo.remotes()).stat(hash))?.size);
  if (hash && size !== null && size !== undefined) return { hash, size: Math.max(0, size) };
  throw new MvgitError("blob-missing", `no blob '${typed}' is in the cache${hash ? " or the remote" : ""}`, {
    subject: typed,
    hint: "give the whole hash to look in the remote too",
  });
}

async function trackedStarting(repo: Repo, start: string): Promise<Hash[]> {
  const hashes = (await listTracked(repo)).flatMap(({ reading }) =>
    reading.kind === "pointer" ? [reading.pointer.hash] : [],
  );
  return [...new Set(hashes.filter((hash) => hash.startsWith(start)))];
}

async function find(repo: Repo, what: string): Promise<{ hash: Hash; size: number }> {
  const stage = /^:([123]):(.+)$/.exec(what);
  if (stage) return ofSide(repo, stage[2] as string, SIDES[Number(stage[1]) - 1] as (typeof SIDES)[number]);
  const colon = what.indexOf(":");
  const revision = colon > 0 && !what.slice(0, colon).includes("/.") ? what.slice(0, colon) : null;
  const commit = revision === null ? null : await repo.git.resolveCommit(revision);
  if (revision !== null && commit === null)
    throw new MvgitError("usage", `'${display(revision)}' names no commit`, {
      subject: display(revision),
      hint: "name a branch, a tag or a commit before ':'",
    });
  const typed = commit === null ? what : what.slice(colon + 1);
  const path = repo.pathOf(typed);
  const candidates =
    commit === null
      ? (await select(repo, [typed])).map((each) => ({ path: each.path, pointer: pointerOf(each) }))
      : (await commitPointers(repo, commit)).uses;
  const holder = candidates.find((each) => isWithin(path, each.path));
  if (!holder)
    throw new MvgitError("not-tracked", `'${display(what)}' is not one tracked file`, {
      subject: display(what),
      hint: "'mvgit ls -R' lists files",
    });
  return path === holder.path
    ? single(holder, what)
    : inside(repo, holder.pointer, path.slice(holder.path.length + 1) as RepoPath);
}

const SIDES = ["base", "ours", "theirs"] as const;

/** A file of a side of an unfinished merge, in Git's numbers: 1 is the base, 2 ours, 3 theirs. */
async function ofSide(repo: Repo, typed: string, side: (typeof SIDES)[number]): Promise<{ hash: Hash; size: number }> {
  const path = repo.pathOf(typed);
  const [conflict] = await conflictsOf(
    repo,
    await select(repo, [typed]),
    manifestLoader(repo.cache, () => repo.remotes()),
  );
  const pointer = conflict?.[side];
  const name = display(typed);
  const lacks = new MvgitError("not-tracked", `there is no '${name}' on the side '${side}'`, {
    subject: name,
    hint: "'mvgit conflicts' shows what each side has",
  });
  if (!conflict)
    throw new MvgitError("not-tracked", `'${name}' is not in conflict`, {
      subject: name,
      hint: "'mvgit conflicts' lists what is",
    });
  if (!pointer) throw lacks;
  if (path === conflict.tracked.path) return single({ pointer }, typed);
  return inside(repo, pointer, path.slice(conflict.tracked.path.length + 1) as RepoPath).catch((error: unknown) => {
    throw isMvgitError(error, "not-tracked") ? lacks : error;
  });
}

function single({ pointer }: { pointer: Pointer }, what: string): { hash: Hash; size: number } {
  if (pointer.files === undefined) return { hash: pointer.hash, size: pointer.size };
  throw new MvgitError("usage", `'${display(what)}' is a folder`, {
    subject: display(what),
    hint: "name a file in it; 'mvgit ls -R' lists them",
  });
}

async function inside(repo: Repo, pointer: Pointer, path: RepoPath): Promise<{ hash: Hash; size: number }> {
  const load = manifestLoader(repo.cache, () => repo.remotes());
  if (pointer.files !== undefined) {
    for await (const entries of readManifest(pointer.hash, load)) {
      const found = entries.find((entry) => entry.path === path);
      if (found) return found;
    }
  }
  throw new MvgitError("not-tracked", `the tracked folder has no file '${display(path)}'`, {
    subject: display(path),
    hint: "'mvgit ls -R' lists files",
  });
}

/** `A-B`, both included, as in an HTTP range; `A-` up to the end. Throws `usage`. */
export function parseRange(text: string): ByteRange {
  const match = /^(\d{1,15})-(\d{0,15})$/.exec(text);
  const start = Number(match?.[1]);
  const end = match?.[2] === "" ? Number.MAX_SAFE_INTEGER : Number(match?.[2]) + 1;
  if (match && start < end) return { start, end };
  throw new MvgitError("usage", `'${display(text)}' is not a range of bytes`, {
    hint: "use '0-99' for the first 100 bytes",
  });
}
