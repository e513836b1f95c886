/**
 * From a hash to the versions that have it: as their package, weights or data, or as a file in one of their folders.
 */
import { isMvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import type { Hash } from "../../values/hash.ts";
import { readManifest } from "../../values/manifest-io.ts";
import type { PackageFile } from "../../values/package.ts";
import { POINTER_CAP, pointerPathOf, readPointer } from "../../values/pointer.ts";
import type { Look, Means } from "../look.ts";
import { type MayBe, readVersions, type Version, versionRefs } from "../versions.ts";
import type { Match } from "../../values/found.ts";

/**
 * Versions whose package, weights or data the hash is, the newest first; else those in whose weights' folders a file
 * has it; else in data.
 */
export async function bytesMatches(look: Look, hash: Hash): Promise<Match[]> {
  const named = await newestFirst(look, (bytes, packageHash) => packageHash === hash || bytes.includes(hash));
  const direct = named.flatMap((version) => matchesOf(version, hash));
  if (direct.length > 0) return direct;
  const versions = await newestFirst(look, (bytes) => bytes.includes(" files: "));
  const searched = new Map<Hash, string | null>();
  const inFolders = async (as: "weights" | "data"): Promise<Match[]> => {
    const inside: Match[] = [];
    for (const { pack } of versions) {
      for (const file of pack[as].filter((each) => each.files !== undefined)) {
        if (!searched.has(file.hash)) searched.set(file.hash, await pathInside(look.means, file, hash));
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
export async function hashesStarting(look: Look, start: string): Promise<Hash[]> {
  const versions = await newestFirst(
    look,
    (bytes, packageHash) => packageHash.startsWith(start) || bytes.includes(`"${start}`),
  );
  const all = versions.flatMap(({ pack, packageHash }) => [
    packageHash,
    ...[...pack.weights, ...pack.data].map((each) => each.hash),
  ]);
  return [...new Set(all.filter((hash) => hash.startsWith(start)))];
}

/** Versions whose weights or data were imported from what had that name; `scheme`: `sha256`, `md5`, or "" for any. */
export async function sourceMatches(look: Look, start: string, scheme: string): Promise<Match[]> {
  const seen = new Map<Hash, boolean>();
  const found: Match[] = [];
  for (const { pack, commit } of await newestFirst(look, () => true)) {
    const files = (["weights", "data"] as const).flatMap((as) => pack[as].map((file) => ({ as, file })));
    const fresh = files.filter(({ file }) => !seen.has(file.hash));
    let at = 0;
    for await (const bytes of look.git.filesAt(
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

/** The versions that `mayBe` does not exclude, by the time of their tags. */
export async function newestFirst({ git, refs }: Look, mayBe: MayBe): Promise<Version[]> {
  const versions: Version[] = [];
  for await (const reading of readVersions(git, versionRefs(refs), mayBe))
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
async function pathInside({ loader, warn }: Means, folder: PackageFile, hash: Hash): Promise<string | null> {
  const list = `the list of files of '${display(folder.path)}'`;
  if (loader === null) {
    warn(`${list} was not searched, since no store is open`);
    return null;
  }
  try {
    for await (const entries of readManifest(folder.hash, loader.manifest)) {
      const found = entries.find((entry) => entry.hash === hash);
      if (found) return found.path;
    }
  } catch (error) {
    if (!isMvgitError(error, "blob-missing") && !isMvgitError(error, "remote-unknown")) throw error;
    warn(`${list} is neither in the cache nor in a remote, and was not searched`);
  }
  return null;
}
