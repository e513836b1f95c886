/**
 * Versions as their tags say: the annotated tag, the package file of its commit and the hash in the tag's message vouch
 * for each other, what the package says is what the commit holds, and a version is read only where all of it agrees.
 */
import { MvgitError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { display } from "../base/paths.ts";
import { inGroups } from "../base/tasks.ts";
import type { GitReader, GitRef, GitTag, Oid } from "../git/reader.ts";
import { hashBytes } from "../hashing/hasher.ts";
import type { Hash } from "../values/hash.ts";
import { type ModelName, versionRef } from "../values/label.ts";
import { type Package, PACKAGE_CAP, packagePath, readPackage } from "../values/package.ts";
import { readVersionTag } from "../values/tag-message.ts";
import { namedRefs, type VersionRef } from "./named-refs.ts";
import { contradictions } from "./statement.ts";

export type { VersionRef } from "./named-refs.ts";

export interface Version extends VersionRef {
  pack: Package;
  /** Of the package file's bytes. */
  packageHash: Hash;
  tag: GitTag;
}

export type VersionReading =
  | { kind: "version"; version: Version }
  /** A tag of the user's own that happens to have such a name. */
  | { kind: "foreign"; ref: VersionRef }
  | {
      kind: "damaged";
      ref: VersionRef;
      reason: string;
      /** Tag and package are whole, and the commit that they stand on is not the one that they speak of. */
      isOtherCommit?: true;
    };

/** `MODEL@vN`, as messages show it. */
export function nameOf({ model, version }: Pick<VersionRef, "model" | "version">): string {
  return `${model}@v${version}`;
}

/** The tags among `refs` that have a version's name, of one model or of all, by model and number. */
export function versionRefs(refs: readonly GitRef[], model?: ModelName): readonly VersionRef[] {
  const { versions } = namedRefs(refs);
  return model === undefined ? versions : versions.filter((ref) => ref.model === model);
}

/** Reads what a version's tag stands on. Never throws for what it finds, only for what Git cannot read. */
export async function readVersion(reader: GitReader, ref: VersionRef): Promise<VersionReading> {
  for await (const reading of readVersions(reader, [ref])) return reading;
  return { kind: "foreign", ref };
}

/** Whether a package may be what is looked for, by its bytes and the hash that its tag names. */
export type MayBe = (bytes: Buffer, hash: Hash) => boolean;

/** As `readVersion`, for many at once, in order; those that `mayBe` excludes are left out unread. */
export async function* readVersions(
  reader: GitReader,
  refs: readonly VersionRef[],
  mayBe: MayBe = () => true,
): AsyncGenerator<VersionReading> {
  const tags: Vouched[] = [];
  let at = 0;
  for await (const { tag } of reader.tags(refs.map((each) => each.oid)))
    tags.push(vouch(refs[at++] as VersionRef, tag));
  const wanted = tags.flatMap((each) =>
    "package" in each ? [{ commit: each.tag.object, path: packagePath(each.ref.model) }] : [],
  );
  const packages = reader.filesAt(wanted, PACKAGE_CAP)[Symbol.asyncIterator]();
  const found = async function* (): AsyncGenerator<VersionReading> {
    for (const each of tags) {
      const bytes = "package" in each ? ((await packages.next()).value ?? null) : null;
      if (!("package" in each)) yield each;
      else if (bytes === null || mayBe(bytes, each.package)) yield withPackage(each, bytes);
    }
  };
  for await (const group of inGroups(found(), TOGETHER)) yield* await held(reader, group);
}

/** Versions that are held against their commits at once. */
const TOGETHER = 500;

/** The readings, with those as damaged whose packages say something else than their commits. */
async function held(reader: GitReader, readings: readonly VersionReading[]): Promise<VersionReading[]> {
  const versions = readings.flatMap((each) => (each.kind === "version" ? [each.version] : []));
  const reasons = new Map(
    versions.length === 0
      ? []
      : (await contradictions(reader, versions)).map((reason, index) => [versions[index], reason]),
  );
  return readings.map((each) => {
    const reason = each.kind === "version" ? (reasons.get(each.version) ?? null) : null;
    return each.kind !== "version" || reason === null
      ? each
      : { kind: "damaged", ref: each.version, reason, isOtherCommit: true };
  });
}

/** A tag whose own parts agree, and the hash that it names; or why it is none. */
type Vouched = Exclude<VersionReading, { kind: "version" }> | { ref: VersionRef; tag: GitTag; package: Hash };

function vouch(ref: VersionRef, tag: GitTag | null): Vouched {
  const reading = tag && readVersionTag(tag.message);
  if (!tag || !reading || reading.kind === "other") return { kind: "foreign", ref };
  const damaged = (reason: string): Vouched => ({ kind: "damaged", ref, reason });
  if (reading.kind === "newer") return damaged(`its tag has format ${reading.version}, which a newer mvgit reads`);
  if (reading.kind === "malformed") return damaged(`its tag's message is malformed: ${reading.reason}`);
  const { model, version, package: hash } = reading.value;
  if (`refs/tags/${tag.name}` !== versionRef(ref.model, ref.version))
    return damaged(`its tag is a copy of '${display(tag.name)}'`);
  if (model !== ref.model || version !== ref.version)
    return damaged(`its tag's message is that of ${nameOf({ model, version })}`);
  if (tag.type !== "commit") return damaged(`its tag stands on a ${tag.type}`);
  // A host says where a tag points to; the tag itself knows.
  if (tag.object !== ref.commit) return damaged("its tag stands on another commit than the list of refs says");
  return { ref, tag, package: hash };
}

function withPackage(
  { ref, tag, package: hash }: { ref: VersionRef; tag: GitTag; package: Hash },
  bytes: Buffer | null,
): VersionReading {
  const damaged = (reason: string): VersionReading => ({ kind: "damaged", ref, reason });
  if (bytes === null) return damaged("its commit has no package file, or one above 4 MiB");
  if (hashBytes(bytes) !== hash) return damaged("its package file is not the one that its tag names");
  const found = readPackage(bytes);
  if (found.kind !== "package")
    return damaged(
      `its package file is ${found.kind === "newer" ? "of a newer format" : `malformed: ${found.reason}`}`,
    );
  if (found.pack.model !== ref.model || found.pack.version !== ref.version)
    return damaged(`its package file is that of ${nameOf(found.pack)}`);
  return { kind: "version", version: { ...ref, pack: found.pack, packageHash: hash, tag } };
}

/** The bytes of a model's package file in a commit, null when there is none. */
export async function packageBytes(reader: GitReader, commit: Oid, model: ModelName): Promise<Buffer | null> {
  for await (const bytes of reader.filesAt([{ commit, path: packagePath(model) }], PACKAGE_CAP)) return bytes;
  return null;
}

/**
 * The bytes of the package file behind each tag, in order; nothing of it is checked. Null where the tag stands on no
 * commit, on another than the list of refs says, or on one without a package file.
 */
export async function* packagesBehind(
  reader: GitReader,
  refs: readonly VersionRef[],
): AsyncGenerator<{ ref: VersionRef; tag: GitTag | null; bytes: Buffer | null }> {
  const tags: (GitTag | null)[] = [];
  for await (const { tag } of reader.tags(refs.map((each) => each.oid))) tags.push(tag);
  const isOnCommit = (at: number): boolean => tags[at]?.type === "commit" && tags[at].object === refs[at]?.commit;
  const wanted = refs
    .filter((_, at) => isOnCommit(at))
    .map(({ commit, model }) => ({ commit, path: packagePath(model) }));
  const packages = reader.filesAt(wanted, PACKAGE_CAP)[Symbol.asyncIterator]();
  for (const [at, ref] of refs.entries()) {
    yield { ref, tag: tags[at] ?? null, bytes: isOnCommit(at) ? ((await packages.next()).value ?? null) : null };
  }
}

/** The version behind a tag. Throws `version-damaged`, and `label-unknown` where the tag is none of mvgit's. */
export async function openVersion(reader: GitReader, ref: VersionRef): Promise<Version> {
  const reading = await readVersion(reader, ref);
  if (reading.kind === "version") return reading.version;
  if (reading.kind === "foreign") throw unknownVersion(nameOf(ref), "the tag of that name was not made by mvgit");
  throw new MvgitError("version-damaged", `cannot use ${nameOf(ref)}: ${reading.reason}`, {
    subject: nameOf(ref),
    hint: "'mvgit audit' tells what was changed; a clone that has the true tag can push it again",
  });
}

/** Throws `label-unknown` when the model has no such version; `version` null for the newest. */
export function findVersion(refs: readonly GitRef[], model: ModelName, version: number | null): VersionRef {
  const all = versionRefs(refs, model);
  const found = version === null ? all.at(-1) : all.find((each) => each.version === version);
  if (found) return found;
  const newest = all.at(-1);
  if (newest === undefined || version === null) throw unknownModel(refs, model);
  throw unknownVersion(nameOf({ model, version }), `the newest is v${newest.version}`);
}

/** Of a model that has no version, and may be mistyped. */
export function unknownModel(refs: readonly GitRef[], model: ModelName): MvgitError {
  const alike = modelAlike(refs, model);
  return new MvgitError("label-unknown", `no version of '${model}' is here`, {
    subject: model,
    hint: alike === null ? ALL_VERSIONS : `did you mean '${alike}'? ${ALL_VERSIONS}`,
  });
}

/** A model that has versions, and is called nearly so; null for none. */
export function modelAlike(refs: readonly GitRef[], model: ModelName): string | null {
  return nearest(model, [...new Set(versionRefs(refs).map((each) => each.model))]);
}

const ALL_VERSIONS = "'mvgit log' lists the versions; 'git fetch --tags' brings those of others";

function unknownVersion(label: string, why: string): MvgitError {
  return new MvgitError("label-unknown", `there is no version '${label}': ${why}`, {
    subject: label,
    hint: ALL_VERSIONS,
  });
}
