/**
 * From a hash to the versions that have it: as their package, weights or data, or as a file in one of their folders.
 */
import { isMvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import type { GitRef } from "../../git/reader.ts";
import type { Hash } from "../../values/hash.ts";
import type { ModelName, StageName } from "../../values/label.ts";
import { readManifest } from "../../values/manifest-io.ts";
import type { PackageFile } from "../../values/package.ts";
import { POINTER_CAP, pointerPathOf, readPointer } from "../../values/pointer.ts";
import { manifestLoader } from "../../repo/needs.ts";
import type { Repo } from "../../repo/repo.ts";
import { type MayBe, readVersions, type Version, versionRefs } from "../../registry/versions.ts";

/** Where is looked. */
export interface Place {
  repo: Repo;
  refs: readonly GitRef[];
}

/** How what was handed over belongs to a version. */
export interface Match {
  model: ModelName;
  version: number;
  /**
   * `commit`: it is the version's own; `history`: an earlier one of it. `source`: what imported bytes were called
   * before.
   */
  as: "receipt" | "label" | "event" | "package" | "weights" | "data" | "commit" | "history" | "source";
  /** Of the tracked file or folder; of the file inside it where that matched. */
  path?: string;
  /** The move that was named. */
  event?: { stage: StageName; number: number };
}

/**
 * Versions whose package, weights or data the hash is, the newest first; else those in whose weights' folders a file
 * has it; else in data.
 */
export async function bytesMatches(place: Place, hash: Hash): Promise<Match[]> {
  const named = await newestFirst(place, (bytes, packageHash) => packageHash === hash || bytes.includes(hash));
  const direct = named.flatMap((version) => matchesOf(version, hash));
  if (direct.length > 0) return direct;
  const versions = await newestFirst(place, (bytes) => bytes.includes(" files: "));
  const searched = new Map<Hash, string | null>();
  const inFolders = async (as: "weights" | "data"): Promise<Match[]> => {
    const inside: Match[] = [];
    for (const { pack } of versions) {
      for (const file of pack[as].filter((each) => each.files !== undefined)) {
        if (!searched.has(file.hash)) searched.set(file.hash, await pathInside(place.repo, file, hash));
        const path = searched.get(file.hash) ?? null;
        if (path !== null) inside.push({ model: pack.model, version: pack.version, as, path: `${file.path}/${path}` });
      }
    }
    return inside;
  };
  const weights = await inFolders("weights");
  return weights.length > 0 ? weights : inFolders("data");
}

/** Every hash that a version's package, weights or data have and that begins so. */
export async function hashesStarting(place: Place, start: string): Promise<Hash[]> {
  const versions = await newestFirst(
    place,
    (bytes, packageHash) => packageHash.startsWith(start) || bytes.includes(`"${start}`),
  );
  const all = versions.flatMap(({ pack, packageHash }) => [
    packageHash,
    ...[...pack.weights, ...pack.data].map((each) => each.hash),
  ]);
  return [...new Set(all.filter((hash) => hash.startsWith(start)))];
}

/** Versions whose weights or data were imported from what had that name; `scheme`: `sha256`, `md5`, or "" for any. */
export async function sourceMatches(place: Place, start: string, scheme: string): Promise<Match[]> {
  const seen = new Map<Hash, boolean>();
  const found: Match[] = [];
  for (const { pack, commit } of await newestFirst(place, () => true)) {
    const files = (["weights", "data"] as const).flatMap((as) => pack[as].map((file) => ({ as, file })));
    const fresh = files.filter(({ file }) => !seen.has(file.hash));
    let at = 0;
    for await (const bytes of place.repo.git.filesAt(
      fresh.map(({ file }) => ({ commit, path: pointerPathOf(file.path) })),
      POINTER_CAP,
    )) {
      seen.set((fresh[at++] as (typeof fresh)[number]).file.hash, bytes !== null && isFrom(bytes, start, scheme));
    }
    for (const { as: _, file } of files)
      if (seen.get(file.hash)) found.push({ model: pack.model, version: pack.version, as: "source", path: file.path });
  }
  return found;
}

function isFrom(bytes: Buffer, start: string, scheme: string): boolean {
  const reading = readPointer(bytes);
  if (reading.kind !== "pointer") return false;
  return ["sha256", "md5"].some(
    (each) =>
      (scheme === "" || scheme === each) && reading.pointer.extra.get(`source.${each}`)?.startsWith(start) === true,
  );
}

async function newestFirst({ repo, refs }: Place, mayBe: MayBe): Promise<Version[]> {
  const versions: Version[] = [];
  for await (const reading of readVersions(repo.git, versionRefs(refs), mayBe))
    if (reading.kind === "version") versions.push(reading.version);
  return versions.sort((a, b) => madeAt(b) - madeAt(a) || b.version - a.version);
}

function madeAt({ tag }: Version): number {
  return tag.tagger?.time ?? 0;
}

function matchesOf({ pack, packageHash }: Version, hash: Hash): Match[] {
  const of = { model: pack.model, version: pack.version };
  if (packageHash === hash) return [{ ...of, as: "package" }];
  const weights = pack.weights.find((each) => each.hash === hash);
  if (weights) return [{ ...of, as: "weights", path: weights.path }];
  const data = pack.data.find((each) => each.hash === hash);
  return data ? [{ ...of, as: "data", path: data.path }] : [];
}

/** Where in a folder a file with that hash is; null when nowhere, or when its list of files is in no store. */
async function pathInside(repo: Repo, folder: PackageFile, hash: Hash): Promise<string | null> {
  try {
    for await (const entries of readManifest(
      folder.hash,
      manifestLoader(repo.cache, () => repo.remote()),
    )) {
      const found = entries.find((entry) => entry.hash === hash);
      if (found) return found.path;
    }
  } catch (error) {
    if (!isMvgitError(error, "blob-missing") && !isMvgitError(error, "remote-unknown")) throw error;
    repo.watch.warn(
      `the list of files of '${display(folder.path)}' is neither in the cache nor in a remote, and was not searched`,
    );
  }
  return null;
}
