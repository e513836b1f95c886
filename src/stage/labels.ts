/** From a label to the version that it means. */
import { MvgitError } from "../base/errors.ts";
import type { GitReader, GitRef, Oid } from "../git/reader.ts";
import { formatLabel, type Label, type ModelName, versionRef } from "../model/label.ts";
import { packagePath } from "../model/package.ts";
import { findVersion, openVersion, type Version, type VersionRef } from "../version/versions.ts";
import { newestEvent, readChain, type StageEvent, stageName } from "./chain.ts";

/** The version that a label means, and by which event where the label is a stage. */
export interface Resolved {
  version: Version;
  event: StageEvent | null;
}

/** Throws `label-unknown`, `version-damaged`, `chain-broken`. `refs` are all of the repository, or all of the model. */
export async function resolveLabel(reader: GitReader, refs: readonly GitRef[], label: Label): Promise<Resolved> {
  if (label.kind !== "stage") return { version: await openVersion(reader, named(refs, label)), event: null };
  const chain = await readChain(reader, refs, label);
  return brought(reader, label, chain?.events.at(-1) ?? null, refs);
}

/** A repository that is asked for no more of its refs than are needed. */
export interface RefReader extends GitReader {
  /** Refs whose full name begins with one of these. */
  refs(prefixes?: readonly string[]): Promise<GitRef[]>;
  /** Brings objects that will be asked for, with one request; absent where nothing needs to be brought. */
  fetch?(oids: readonly Oid[]): Promise<boolean>;
}

/**
 * As `resolveLabel`, for a repository elsewhere: of a stage's history only the newest event is read, and held against
 * the list of the others. What that cannot show, `mvgit audit` does.
 */
export async function resolveElsewhere(reader: RefReader, label: Label): Promise<Resolved> {
  const versions = `refs/tags/${label.model}@v`;
  if (label.kind === "latest") return resolveLabel(reader, await reader.refs([versions]), label);
  if (label.kind === "version") {
    const ref = versionRef(label.model, label.version);
    const found = (await reader.refs([ref])).filter(({ name }) => name === ref);
    return resolveLabel(reader, found.length > 0 ? found : await reader.refs([versions]), label);
  }
  const event = await newestEvent(reader, await reader.refs([`refs/tags/${stageName(label)}#`]), label);
  const held = event?.event.version ?? null;
  const refs = held === null ? [] : await reader.refs([versionRef(label.model, held)]);
  if (event !== null) await fetchAlong(reader, label.model, { event, refs });
  return brought(reader, label, event, refs);
}

/** The version's tag and its package in one request: the event's commit, whose trees are here, has the package. */
async function fetchAlong(reader: RefReader, model: ModelName, { event, refs }: { event: StageEvent; refs: readonly GitRef[] }): Promise<void> {
  const file = reader.fetch && (await reader.fileAt(event.commit, packagePath(model)));
  if (file) await reader.fetch?.([...refs.map(({ oid }) => oid), file.oid]);
}

function named(refs: readonly GitRef[], label: Exclude<Label, { kind: "stage" }>): VersionRef {
  return findVersion(refs, label.model, label.kind === "latest" ? null : label.version);
}

/** The version that the newest event of a stage brought, held against what the event says of it. */
async function brought(reader: GitReader, label: Label & { kind: "stage" }, event: StageEvent | null, refs: readonly GitRef[]): Promise<Resolved> {
  const held = event?.event.version ?? null;
  if (event === null || held === null) {
    throw new MvgitError("label-unknown", `nothing is in ${formatLabel(label)}`, { subject: formatLabel(label), hint: "'mvgit stages' shows what is where; 'git fetch --tags' brings the moves of others" });
  }
  const version = await openVersion(reader, findVersion(refs, label.model, held));
  if (version.packageHash !== event.event.package || version.commit !== event.commit) {
    throw new MvgitError("chain-broken", `${formatLabel(label)} was moved to a v${held} that is not the present one`, { subject: formatLabel(label), hint: "somebody replaced the version's tag; 'mvgit audit' tells more" });
  }
  return { version, event };
}
