/**
 * What is to be in the folder, file by file: folders listed by their manifests, files of Git's own taken into the
 * cache.
 */
import { MvgitError } from "../../base/errors.ts";
import { comparePaths, display, foldName, isWithin, type RepoPath } from "../../base/paths.ts";
import type { GitReader } from "../../git/reader.ts";
import { hashBytes } from "../../hashing/hasher.ts";
import { FolderCheck } from "../../values/folder-check.ts";
import type { Hash } from "../../values/hash.ts";
import { ManifestWriter, readManifest } from "../../values/manifest-io.ts";
import { readerOf } from "../../values/settings-file.ts";
import { manifestLoader } from "../../repo/needs.ts";
import type { Cache } from "../../store/cache/cache.ts";
import type { Remotes } from "../../transfer/remotes.ts";
import { loadOf } from "../../transfer/unhad.ts";
import { isMeant } from "../../worktree/compare.ts";
import { RECEIPT, STATE } from "./release-folder.ts";
import type { Part } from "./parts.ts";

export interface File {
  /** Below DIR. */
  path: RepoPath;
  hash: Hash;
  /** Bytes. */
  size: number;
  exec: boolean;
}

/** At least one file, in byte order of paths that can all be in one folder on every system. */
export interface Content {
  files: File[];
  /** Bytes of all. */
  size: number;
  /** Of their manifest. */
  blake3: Hash;
  /**
   * What a store has of it and some program would read or run for its name: left out, since nobody asked for it by
   * name.
   */
  left: RepoPath[];
}

export interface ContentRequest {
  reader: GitReader;
  parts: readonly Part[];
  /** What was asked for by name. */
  only: readonly string[];
}

/** Bytes of one file that Git keeps itself. */
const KEPT_CAP = 256 * 1024 * 1024;

/**
 * Throws `name-clash`, `unsafe-path`, `manifest-malformed`, and what the stores throw when a manifest cannot be had.
 */
export async function contentOf(
  { reader, parts, only }: ContentRequest,
  stores: { cache: Cache; remotes(): Promise<Remotes> },
): Promise<Content> {
  const files = new Map<RepoPath, File>();
  const left: RepoPath[] = [];
  const add = (file: File): void => {
    const other = files.get(file.path);
    if (other && (other.hash !== file.hash || other.exec !== file.exec))
      throw clash(`'${display(file.path)}' is there twice, with different bytes`);
    files.set(file.path, file);
  };
  const addStored = (file: File): void => {
    if (readerOf(file.path) === null || only.some((each) => isAskedBy(each, file.path))) add(file);
    else left.push(file.path);
  };
  const load = manifestLoader(stores.cache, () => stores.remotes());
  for (const part of parts) {
    if (part.kind === "kept") continue;
    const {
      path,
      pointer: { hash, size, files: count, exec = false },
      inside,
    } = part;
    if (count === undefined) {
      addStored({ path, hash, size, exec });
      continue;
    }
    for await (const entries of readManifest(hash, loadOf(path, load), { files: count, size })) {
      for (const { path: below, mode, ...entry } of entries)
        if (isMeant(below, inside))
          addStored({ ...entry, path: `${path}/${below}` as RepoPath, exec: mode === "exec" });
    }
  }
  await addKept(reader, parts, { cache: stores.cache, add });
  return { ...(await checked([...files.values()].sort((a, b) => comparePaths(a.path, b.path)))), left };
}

/** The file itself was named, or a folder whose name is the reason. */
function isAskedBy(typed: string, path: RepoPath): boolean {
  const name = typed.replace(/\/+$/, "");
  return path === name || (isWithin(path, name) && readerOf(name) !== null);
}

async function addKept(
  reader: GitReader,
  parts: readonly Part[],
  { cache, add }: { cache: Cache; add(file: File): void },
): Promise<void> {
  const kept = parts.filter((part) => part.kind === "kept");
  let at = 0;
  for await (const { bytes } of reader.blobs(
    kept.map(({ oid }) => oid),
    KEPT_CAP,
  )) {
    const { path, exec } = kept[at++] as (typeof kept)[number];
    if (bytes === null)
      throw new MvgitError("not-supported", `'${display(path)}' is larger in Git than mvgit brings`, {
        subject: display(path),
        hint: "track it with mvgit, or ask for other paths",
      });
    add({ path, hash: await cache.storeBytes(bytes), size: bytes.length, exec });
  }
}

async function checked(files: File[]): Promise<Omit<Content, "left">> {
  const check = new FolderCheck();
  const manifest = new ManifestWriter(hashBytes);
  const own = new Set([STATE, RECEIPT].map(foldName));
  for (const { path, hash, size, exec } of files) {
    const problem = check.problem(path);
    if (problem)
      throw problem.code === "unsafe-path"
        ? new MvgitError("unsafe-path", problem.reason, { subject: display(path) })
        : clash(problem.reason);
    if (own.has(foldName(path.split("/")[0] as string)))
      throw clash(`'${display(path)}' has a name that mvgit uses in the folder itself`);
    await manifest.add({ path, hash, size, mode: exec ? "exec" : "file" });
  }
  const summary = await manifest.end();
  if (summary === null)
    throw new MvgitError("not-tracked", "there is no file in what was asked for", {
      hint: "'mvgit show LABEL' lists what a version is made of",
    });
  return { files, size: summary.size, blake3: summary.root };
}

function clash(reason: string): MvgitError {
  return new MvgitError("name-clash", `the files cannot be in one folder: ${reason}`, {
    hint: "bring a part of them with '--only PATH'",
  });
}
