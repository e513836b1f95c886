/**
 * Package files, curves and recorded runs: a branch shows its model's newest version, so the higher number wins, and
 * what is beside it goes with it.
 */
import { readUpTo } from "../../base/disk.ts";
import { asModelName, type ModelName } from "../../values/label.ts";
import { type Package, PACKAGE_CAP, readPackage } from "../../values/package.ts";
import type { Repo } from "../../repo/repo.ts";
import { versionRefs } from "../../registry/versions.ts";
import { conflicted, merged, type MergeReport, type MergeRequest, readText } from "./conflict.ts";

/** What a path below `.mvgit/models/` is; null for every other path. */
export function readModelPath(path: string): { kind: "package" | "beside"; model: ModelName } | null {
  const match = /^\.mvgit\/models\/([^/]+?)(\.yaml|\.curves\.jsonl|\.runs\.jsonl)$/.exec(path);
  const model = match && asModelName(match[1] as string);
  return model && { kind: match[2] === ".yaml" ? "package" : "beside", model };
}

/** Takes the higher version; of one number the package that was made later, whichever side it is on. */
export function mergePackages(request: MergeRequest): MergeReport {
  const [ours, theirs] = [request.ours, request.theirs].map(readSide);
  if (!ours || !theirs) return conflicted(request, []);
  const takeTheirs = ours.version === theirs.version ? isLater(theirs, ours) : theirs.version > ours.version;
  return merged(request, readText(takeTheirs ? request.theirs : request.ours));
}

function readSide(file: string): Package | null {
  const bytes = readUpTo(file, PACKAGE_CAP);
  const reading = bytes && readPackage(bytes);
  return reading?.kind === "package" ? reading.pack : null;
}

/** Of two that are equally old, one is later all the same, so that both people get the same. */
function isLater(a: Package, b: Package): boolean {
  return a.time === b.time ? a.author > b.author : Date.parse(a.time) > Date.parse(b.time);
}

/** Bytes of one version's curves, or runs, that are compared. */
const BESIDE_CAP = 64 * 1024 * 1024;
/** Versions that are looked at in one go, the newest first. */
const PORTION = 16;

/** Such a file does not say whose it is; the newest version that has the one or the other side's does. */
export async function mergeBeside(
  repo: Repo,
  { model, path }: { model: ModelName; path: string },
  request: MergeRequest,
): Promise<MergeReport> {
  const [ours, theirs] = [request.ours, request.theirs].map((file) => Buffer.from(readText(file)));
  const versions = versionRefs(await repo.git.refs(), model).toReversed();
  for (let at = 0; at < versions.length; at += PORTION) {
    const wanted = versions.slice(at, at + PORTION).map(({ commit }) => ({ commit, path }));
    for await (const bytes of repo.git.filesAt(wanted, BESIDE_CAP)) {
      if (bytes?.equals(ours as Buffer) || bytes?.equals(theirs as Buffer)) return merged(request, bytes);
    }
  }
  return conflicted(request, []);
}
