/** The outputs that DVC's files name in one commit. */
import { checkPath, isWithin, parentOf, type RepoPath } from "../../base/paths.ts";
import { isMvgitError } from "../../base/errors.ts";
import type { Oid } from "../../git/reader.ts";
import { DVC_FILE_CAP, type DvcOut, type DvcReading, readDvcFile, readDvcLock } from "./format-file.ts";
import type { Repo } from "../../repo/repo.ts";

/** An output by its path in the work tree. */
export interface WantedOut extends Omit<DvcOut, "path"> {
  path: RepoPath;
  /** The file that names it. */
  listedIn: string;
  /** The folder of its DVC repository: "" at the top of the work tree, else without a slash at its end. */
  root: string;
}

export interface DvcOuts {
  /** Folders of DVC repositories. */
  roots: string[];
  wanted: WantedOut[];
  /** Not to be taken, and why; `broken` when a file of DVC's cannot be read or names an unsafe path. */
  left: { path: string; listedIn: string; reason: string; broken: boolean }[];
}

/** Reads every `.dvc` and `dvc.lock` of a commit. A path that several name counts once. */
export async function outsOf(repo: Repo, commit: Oid): Promise<DvcOuts> {
  const tree = new Map<string, Oid>();
  for await (const file of repo.git.treeFiles(commit)) if (file.mode.startsWith("100")) tree.set(file.path, file.oid);
  const roots = [...tree.keys()]
    .filter((path) => /(^|\/)\.dvc\/config$/.test(path))
    .map((path) => parentOf(parentOf(path)));
  const found: DvcOuts = { roots, wanted: [], left: [] };
  const listings = [...tree.keys()].filter(isListing).map((path) => ({ path, root: rootOf(path, roots) }));
  const texts = await textsOf(
    repo,
    tree,
    listings.flatMap(({ path }) => [path, pipelineOf(path)]),
  );
  for (const { path, root } of listings) {
    const reading = await readListing(path, texts);
    if (reading.kind === "malformed") found.left.push({ path, listedIn: path, reason: reading.reason, broken: true });
    else addOuts(found, reading, { listedIn: path, root });
  }
  return withoutDoubles(found, new Set(tree.keys()));
}

function isListing(path: string): boolean {
  if (path.split("/").includes(".dvc")) return false;
  return /(^|\/)dvc\.lock$/.test(path) || /[^/]\.dvc$/.test(path);
}

function pipelineOf(lock: string): string {
  return lock.replace(/dvc\.lock$/, "dvc.yaml");
}

/** The DVC repository that a path belongs to: the deepest around it, else the top. */
export function rootOf(path: string, roots: readonly string[]): string {
  return roots
    .filter((root) => isWithin(path, root))
    .reduce((longest, each) => (each.length > longest.length ? each : longest), "");
}

async function textsOf(
  repo: Repo,
  tree: ReadonlyMap<string, Oid>,
  paths: readonly string[],
): Promise<Map<string, string | null>> {
  const known = [...new Set(paths)].filter((path) => tree.has(path));
  const texts = new Map<string, string | null>();
  let at = 0;
  for await (const { bytes } of repo.git.blobs(
    known.map((path) => tree.get(path) as Oid),
    DVC_FILE_CAP,
  )) {
    texts.set(known[at++] as string, bytes && bytes.toString("utf8"));
  }
  return texts;
}

async function readListing(path: string, texts: ReadonlyMap<string, string | null>): Promise<DvcReading> {
  const text = texts.get(path) ?? null;
  if (text === null) return { kind: "malformed", reason: "it is larger than 8 MiB" };
  return path.endsWith("dvc.lock") ? readDvcLock(text, texts.get(pipelineOf(path)) ?? null) : readDvcFile(text);
}

function addOuts(
  found: DvcOuts,
  reading: Extract<DvcReading, { kind: "outs" }>,
  { listedIn, root }: { listedIn: string; root: string },
): void {
  for (const { path, reason } of reading.odd)
    found.left.push({
      path: path === "" ? listedIn : (inFolder(listedIn, path) ?? path),
      listedIn,
      reason,
      broken: false,
    });
  for (const out of reading.outs) {
    const path = inFolder(listedIn, out.path);
    if (path === null) {
      found.left.push({ path: out.path, listedIn, reason: "it lies outside of the repository", broken: false });
      continue;
    }
    try {
      found.wanted.push({ ...out, path: checkPath(path, "file of DVC"), listedIn, root });
    } catch (error) {
      if (!isMvgitError(error, "unsafe-path")) throw error;
      found.left.push({ path, listedIn, reason: error.message, broken: true });
    }
  }
}

/** A path that a listing has, from the top of the work tree; null when it leads out of it. */
function inFolder(listing: string, path: string): string | null {
  const parts = parentOf(listing)
    .split("/")
    .filter((part) => part !== "");
  for (const part of path.replace(/\/+$/, "").split("/")) {
    if (part === "." || part === "") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.length === 0 ? null : parts.join("/");
}

function withoutDoubles(found: DvcOuts, tree: ReadonlySet<string>): DvcOuts {
  const seen = new Set<string>();
  const folders = new Set([...tree].flatMap((path) => parentsOf(path)));
  const wanted = found.wanted.filter((out) => {
    if (seen.has(out.path)) return false;
    seen.add(out.path);
    if (!tree.has(out.path) && !folders.has(out.path)) return true;
    found.left.push({ path: out.path, listedIn: out.listedIn, reason: "Git itself keeps it", broken: false });
    return false;
  });
  return { ...found, wanted };
}

function parentsOf(path: string): string[] {
  const parent = parentOf(path);
  return parent === "" ? [] : [parent, ...parentsOf(parent)];
}
