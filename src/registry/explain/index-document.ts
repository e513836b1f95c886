/** What a static export carries so that its page can answer as `explain` does. */
import { isMvgitError } from "../../base/errors.ts";
import type { Oid } from "../../git/reader.ts";
import type { ExplainIndex, IndexedFile, IndexedVersion } from "../../values/explain-index.ts";
import type { Hash } from "../../values/hash.ts";
import { readManifest } from "../../values/manifest-io.ts";
import type { PackageFile } from "../../values/package.ts";
import { POINTER_CAP, pointerPathOf, readPointer } from "../../values/pointer.ts";
import { remarksSeen } from "../held-against.ts";
import type { Loader, Look } from "../look.ts";
import { nameOf } from "../versions.ts";
import { newestFirst } from "./by-bytes.ts";

/** Files inside folders that the index names in all: about 10 MB of it. */
const MOST_FILES = 100_000;

/** Of every version that can be trusted, the newest first. Folders are listed from the newest version on. */
export async function indexOf(look: Look): Promise<ExplainIndex> {
  const versions: IndexedVersion[] = [];
  const sources = new Map<Hash, Pick<IndexedFile, "sha256" | "md5">>();
  const folders: ExplainIndex["folders"] = {};
  const budget = { left: MOST_FILES };
  const leftOut = new Set<Hash>();
  const remarks = await remarksSeen(look);
  for (const { pack, packageHash, commit } of await newestFirst(look, () => true)) {
    const all = [...pack.weights, ...pack.data];
    await learnSources(look, commit, all, sources);
    for (const { hash, files } of all) {
      if (files === undefined || folders[hash] !== undefined || leftOut.has(hash)) continue;
      const list = await listOf(look.means.loader, hash, files > budget.left ? 0 : budget.left);
      budget.left -= list?.length ?? 0;
      if (list === null) leftOut.add(hash);
      else folders[hash] = list;
    }
    const filesOf = (files: readonly PackageFile[]): IndexedFile[] =>
      files.map(({ path, hash }) => ({ path, hash, ...sources.get(hash) }));
    const { model, version, weights, data } = pack;
    const isRetracted = (remarks.get(nameOf(pack))?.retracted ?? null) !== null;
    versions.push({
      model,
      version,
      commit,
      packageHash,
      weights: filesOf(weights),
      data: filesOf(data),
      ...(isRetracted && { isRetracted }),
    });
  }
  return { versions, folders, foldersLeftOut: leftOut.size };
}

/** What the pointers of files that were not seen before say of their import. */
async function learnSources(
  { git }: Look,
  commit: Oid,
  files: readonly PackageFile[],
  sources: Map<Hash, Pick<IndexedFile, "sha256" | "md5">>,
): Promise<void> {
  const fresh = files.filter(({ hash }) => !sources.has(hash));
  let at = 0;
  for await (const bytes of git.filesAt(
    fresh.map(({ path }) => ({ commit, path: pointerPathOf(path) })),
    POINTER_CAP,
  )) {
    const { hash } = fresh[at++] as PackageFile;
    const reading = bytes === null ? null : readPointer(bytes);
    const extra = reading?.kind === "pointer" ? reading.pointer.extra : null;
    const [sha256, md5] = [extra?.get("source.sha256"), extra?.get("source.md5")];
    sources.set(hash, { ...(sha256 !== undefined && { sha256 }), ...(md5 !== undefined && { md5 }) });
  }
}

/** Null where it is out of reach or has more than `most`. */
async function listOf(loader: Loader | null, folder: Hash, most: number): Promise<[string, string][] | null> {
  if (loader === null || most === 0) return null;
  const list: [string, string][] = [];
  try {
    for await (const entries of readManifest(folder, loader.manifest)) {
      for (const { path, hash } of entries) list.push([path, hash]);
      if (list.length > most) return null;
    }
    return list;
  } catch (error) {
    if (!isMvgitError(error, "blob-missing") && !isMvgitError(error, "remote-unknown")) throw error;
    return null;
  }
}
