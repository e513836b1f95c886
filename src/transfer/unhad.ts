/** Blobs that no store gave: whose bytes they are, what is wrong with them and where, and what helps. */
import { andMore, plural } from "../base/counts.ts";
import { type ErrorCode, MvgitError } from "../base/errors.ts";
import { display, firstOf, type RepoPath } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { type Hash, shortHash } from "../values/hash.ts";
import { type LoadBlob, readManifest } from "../values/manifest-io.ts";
import type { ManifestEntry } from "../values/manifest.ts";
import type { Pointer } from "../values/pointer.ts";
import type { Cache } from "../store/cache/cache.ts";
import { isListLack, type Lack } from "../store/lack.ts";
import { codeOfSaid, type Said, saidWords, unsureOf } from "./said.ts";

export interface Unhad {
  hash: Hash;
  why: Lack;
  /** Which store it is wrong in: the cache's is lacking to whoever pushes, the remote's to whoever fetches. */
  at: "cache" | "remote";
  /** Where the cache's own copy was set aside, being damaged; null where there is none. */
  aside: string | null;
  /** What is tracked and needs it. */
  path: RepoPath;
  /** The file of a tracked folder that it is, where that is known and it is one. */
  file: RepoPath | null;
  /** Where several remotes were asked: what each of them said. */
  said?: readonly Said[];
}

/** A blob that could not be copied, as far as the stores know it. */
export function unhad(
  { hash, why, said }: Pick<Unhad, "hash" | "why" | "said">,
  path: RepoPath,
  { cache, at }: { cache: Pick<Cache, "asideOf">; at: Unhad["at"] },
): Unhad {
  return { hash, why, at, aside: cache.asideOf(hash), path, file: null, ...(said && { said }) };
}

/**
 * Says of each blob of a folder which file it is, by the pointers that need it. What the list of files cannot tell
 * stays the folder's.
 */
export async function nameFiles(
  blobs: readonly Unhad[],
  pointers: Iterable<{ path: RepoPath; pointer: Pick<Pointer, "hash" | "files"> }>,
  load: LoadBlob,
): Promise<void> {
  if (blobs.length === 0) return;
  for (const { path, pointer } of pointers) {
    const open = new Map(
      blobs.filter((each) => each.path === path && each.file === null).map((each) => [each.hash, each]),
    );
    if (pointer.files === undefined || open.size === 0) continue;
    try {
      for await (const entries of readManifest(pointer.hash, load)) nameThose(open, path, entries);
    } catch (error) {
      // The folder's own list is what is lacking.
      if (!isListLack(error)) throw error;
    }
  }
}

/** As `unhad`, for who knows only the pointers among which it is needed. */
export async function unhadAmong(
  failed: readonly Pick<Unhad, "hash" | "why" | "said">[],
  pointers: readonly { path: RepoPath; pointer: Pick<Pointer, "hash" | "files"> }[],
  stores: { cache: Pick<Cache, "asideOf">; at: Unhad["at"]; load: LoadBlob },
): Promise<Unhad[]> {
  const left = new Map(failed.map((each) => [each.hash, each]));
  const found: Unhad[] = [];
  for (const { path, pointer } of pointers) {
    const mine = [...left.values()].map((each) => unhad(each, path, stores));
    if (pointer.files !== undefined) await nameFiles(mine, [{ path, pointer }], stores.load);
    for (const each of mine.filter(({ hash, file }) => file !== null || hash === pointer.hash))
      if (left.delete(each.hash)) found.push(each);
  }
  // A part of a list of files, of which no pointer tells by itself.
  const [first] = pointers;
  return [...found, ...[...left.values()].map((each) => unhad(each, first?.path ?? ("" as RepoPath), stores))];
}

function nameThose(open: ReadonlyMap<Hash, Unhad>, folder: RepoPath, entries: readonly ManifestEntry[]): void {
  for (const { hash, path } of entries) {
    const found = open.get(hash);
    if (found) found.file ??= `${folder}/${path}` as RepoPath;
  }
}

/** As `load`, for the list of files of one folder: what cannot be had of it is told by the folder's name. */
export function loadOf(folder: RepoPath, load: LoadBlob): LoadBlob {
  return async (hash, cap) => {
    try {
      return await load(hash, cap);
    } catch (error) {
      if (!isListLack(error)) throw error;
      throw new MvgitError(error.code, `cannot have the list of files of '${display(folder)}': ${error.message}`, {
        subject: display(folder),
        cause: error,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      });
    }
  };
}

/** The error for a blob that the cache had damaged, and that the remote cannot replace. */
export function damagedHere(hash: Hash, aside: string, remote: string): MvgitError {
  return new MvgitError(
    "blob-damaged",
    wordsOf([{ hash, why: "damaged", at: "cache", aside, path: "" as RepoPath, file: null }], remote),
    { subject: hash, hint: HINTS.again },
  );
}

/** What each of one fault shares: those of one group are told in one sentence. */
function faultOf({ why, at, aside, said }: Unhad): string {
  return said ? `${saidWords(said, "it")} ${aside !== null}` : `${why} ${at} ${aside !== null}`;
}

/** One failure for each fault. `action`: `push`, `fetch`, `check out`. */
export function unhadErrors(action: string, blobs: readonly Unhad[], remote: string): MvgitError[] {
  const groups = new Map<string, Unhad[]>();
  for (const each of blobs) {
    const group = groups.get(faultOf(each));
    if (group) group.push(each);
    else groups.set(faultOf(each), [each]);
  }
  return [...groups.values()].map((group) => unhadError(`cannot ${action}`, group, remote));
}

/** In the place of a remote's name. */
export const NO_REMOTE = "no remote";

/** The failure of the first group; what other groups have is counted. */
export function unhadError(intro: string, blobs: readonly Unhad[], remote: string): MvgitError {
  const first = blobs[0] as Unhad;
  const group = blobs.filter((each) => faultOf(each) === faultOf(first));
  const names = [...new Set(group.map((each) => each.file ?? each.path))];
  const others = blobs.length - group.length;
  const more = others > 0 ? `; and ${plural(others, "other blob")} for other reasons` : "";
  return new MvgitError(codeOf(first), `${intro} ${firstOf(names)}: ${wordsOf(group, remote)}${more}`, {
    subject: display(names[0] as string),
    hint: hintOf(first),
  });
}

function codeOf({ why, aside, said }: Unhad): ErrorCode {
  const isWrong = why === "damaged" || aside !== null;
  if (said && unsureOf(said) !== null) return codeOfSaid(said);
  return isWrong ? "blob-damaged" : "blob-missing";
}

function wordsOf(group: readonly Unhad[], remote: string): string {
  const { hash, why, at, aside, said } = group[0] as Unhad;
  const count = new Set(group.map((each) => each.hash)).size;
  const [blobs, are, them] =
    count === 1
      ? [`blob ${shortHash(hash)}`, "is", "it"]
      : [`${plural(count, "blob")}, ${shortHash(hash)} first,`, "are", "them"];
  if (aside !== null) {
    const here = `${blobs} ${are} damaged in the cache (set aside as '${display(aside)}'${andMore(count - 1)})`;
    if (said) return `${here}, and no remote gives ${them}: ${saidWords(said, them)}`;
    if (remote === NO_REMOTE) return `${here}, and there is no remote to have ${them} from`;
    return why === "damaged" && at === "remote"
      ? `${here}, and in ${remote}`
      : `${here}, and ${remote} ${remote.startsWith("remotes ") ? "do" : "does"} not have ${them}`;
  }
  if (said) return `no remote gives ${blobs.replace(/,$/, "")}: ${saidWords(said, them)}`;
  if (why === "damaged") return `${blobs} ${are} damaged in ${at === "cache" ? "the cache" : remote}`;
  return at === "cache"
    ? `neither the cache nor ${remote} has ${blobs.replace(/,$/, "")}`
    : `${remote} does not have ${blobs.replace(/,$/, "")}`;
}

function hintOf({ why, at, aside, said = [] }: Unhad): string {
  const unsure = unsureOf(said)?.hint;
  if (unsure !== undefined) return unsure;
  if (why === "damaged" && at === "remote") return HINTS.mend;
  if (at === "cache") return HINTS.push;
  return aside === null ? HINTS.fetch : HINTS.again;
}

/** Where what is lacking may come from. */
const HINTS = {
  push: prose`run 'mvgit add' where the file still is, or 'mvgit fetch' from a remote that has it ('mvgit remote
      copy' brings it from one to another); 'mvgit fsck' lists them all; what nobody has any more is given up
      with 'mvgit push --all --accept-lost'`,
  mend: "run 'mvgit push --repair' in the clone that has it; 'mvgit fsck --remote' lists all that is damaged",
  fetch: "run 'mvgit push --all' in the clone that has it; 'mvgit remote list' tells whether this is the right place",
  again: "run 'mvgit add' where the file still is, or 'mvgit push' in another clone that has it and then this again",
};
