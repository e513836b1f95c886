/** All versions of a repository whole, with what holds them, for whoever answers many questions about them. */
import { createHash } from "node:crypto";
import type { GitRef, Oid } from "../git/reader.ts";
import type { ModelName, StageName } from "../values/label.ts";
import type { PackageFile } from "../values/package.ts";
import { type RecordedRuns, readRuns, RUNS_CAP, runsPath } from "../values/recorded-runs.ts";
import { readManifest } from "../values/manifest-io.ts";
import { noStore } from "./content.ts";
import type { Look } from "./look.ts";
import { type EventRef, namedRefs } from "./named-refs.ts";
import { readRemarks, retraction } from "./remarks.ts";
import { stagesOf } from "./stages.ts";
import { nameOf, readVersions, type Version, versionRefs } from "./versions.ts";

interface WholeVersion {
  version: Version;
  /** What an experiment tracker recorded besides; null for nothing. */
  recorded: RecordedRuns | null;
}

export interface Whole {
  /** By model and number; with why each is retracted, in words, null where it is not. */
  versions: (WholeVersion & { retracted: string | null })[];
  stages: { model: ModelName; stage: StageName; version: number }[];
  /** Tags with the names of events of stages; none of these was looked at. */
  events: readonly EventRef[];
  /** What cannot be trusted, and is not among them, in words. */
  problems: string[];
}

/** Versions that were read whole, by their tag objects, which never change. */
export type KnownVersions = Map<Oid, WholeVersion>;

/** Those in `known` are not read again, those that are read are added to it. */
export async function wholeOf(look: Look, known: KnownVersions): Promise<Whole> {
  const { git, refs } = look;
  const all = versionRefs(refs);
  const problems: string[] = [];
  const found: Version[] = [];
  for await (const reading of readVersions(
    git,
    all.filter(({ oid }) => !known.has(oid)),
  )) {
    if (reading.kind === "version") found.push(reading.version);
    if (reading.kind === "damaged") problems.push(`${nameOf(reading.ref)} cannot be used: ${reading.reason}`);
  }
  let at = 0;
  for await (const bytes of git.filesAt(
    found.map(({ commit, model }) => ({ commit, path: runsPath(model) })),
    RUNS_CAP,
  )) {
    const version = found[at++] as Version;
    known.set(version.oid, { version, recorded: bytes && readRuns(bytes) });
  }
  const remarks = await readRemarks(git, refs);
  const versions = all.flatMap((ref) => {
    const whole = known.get(ref.oid);
    if (whole === undefined) return [];
    const retracted = remarks.get(nameOf(ref))?.retracted ?? null;
    return [{ ...whole, retracted: retracted && retraction(retracted) }];
  });
  const { stages } = await stagesOf(look, {});
  for (const { model, stage, problem } of stages)
    if (problem !== undefined) problems.push(`the history of ${model}#${stage} cannot be trusted: ${problem}`);
  const held = stages.flatMap(({ model, stage, version }) => (version === null ? [] : [{ model, stage, version }]));
  return { versions, stages: held, events: namedRefs(refs).events, problems };
}

/** Equal for equal refs, as far as versions and stages go by them. */
export function stateOf(refs: readonly GitRef[]): string {
  const sum = createHash("sha256");
  for (const { name, oid, peeled } of refs) if (name.startsWith("refs/tags/")) sum.update(`${name} ${oid} ${peeled}\n`);
  return sum.digest("hex");
}

export interface StoredFile {
  /** From the top of the repository. */
  path: string;
  hash: PackageFile["hash"];
  /** Bytes. */
  size: number;
}

/** The files behind what a package names: those of a folder, or the file itself. Throws `blob-missing`. */
export async function* storedFiles(
  { means: { loader } }: Pick<Look, "means">,
  { path, hash, size, files }: PackageFile,
): AsyncGenerator<StoredFile> {
  if (files === undefined) return yield { path, hash, size };
  if (loader === null) throw noStore(path);
  for await (const entries of readManifest(hash, loader.manifest, { files, size }))
    for (const entry of entries) yield { path: `${path}/${entry.path}`, hash: entry.hash, size: entry.size };
}
