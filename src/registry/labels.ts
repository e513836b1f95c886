/** From a label to the version that it means. */
import { MvgitError } from "../base/errors.ts";
import type { GitReader, GitRef, Oid } from "../git/reader.ts";
import { formatLabel, type Label, type ModelName, type StageName, versionRef } from "../values/label.ts";
import { packagePath } from "../values/package.ts";
import { COMMITTED_CONFIG } from "../values/settings.ts";
import { isRetracted, type Remarks, remarksOn } from "./remarks.ts";
import { chainTags } from "./chain-of.ts";
import { findVersion, openVersion, type Version, type VersionRef, versionRefs } from "./versions.ts";
import { eventRefs, newestEvent, readChain, type StageEvent, stageName } from "./chain.ts";

/** The version that a label means, and by which event where the label is a stage. */
export interface Resolved {
  version: Version;
  event: StageEvent | null;
  /** Tag objects of the stage's events by their numbers, ascending; empty where the label is none. */
  events: ReadonlyMap<number, Oid>;
  /** What was said of the version since; not looked at whether it can be trusted. */
  remarks: Remarks;
  /** Tag objects of the remarks on the version, and on those that were passed over, by number. */
  remarkTags: ReadonlyMap<number, ReadonlyMap<number, Oid>>;
  /** Of `MODEL@latest`: newer versions, which are retracted. */
  passed: number[];
}

/** Told of a stage's events before it is looked at what the newest brought; what it throws ends the look. */
export type OnEvents = (stage: Label & { kind: "stage" }, events: ReadonlyMap<number, Oid>) => void;

/** Throws `label-unknown`, `version-damaged`, `chain-broken`. `refs` are all of the repository, or all of the model. */
export async function resolveLabel(
  reader: GitReader,
  refs: readonly GitRef[],
  label: Label,
  onEvents: OnEvents = () => {},
): Promise<Resolved> {
  if (label.kind !== "stage") {
    const { ref, passed } = await named(reader, refs, label);
    const version = await openVersion(reader, ref);
    return {
      version,
      event: null,
      events: new Map(),
      remarks: await remarksOn(reader, refs, version),
      remarkTags: remarkTags(refs, label.model, [version.version, ...passed]),
      passed,
    };
  }
  onEvents(label, eventTags(refs, label));
  const chain = await readChain(reader, refs, label);
  return {
    ...(await brought(reader, label, chain?.events.at(-1) ?? null, refs)),
    events: eventTags(refs, label),
    passed: [],
  };
}

/**
 * The newest version of a model that is not retracted, null for none, and those that are newer. Throws `chain-broken`
 * where nobody can tell.
 */
export async function latestOf(
  reader: GitReader,
  refs: readonly GitRef[],
  model: ModelName,
): Promise<{ ref: VersionRef | null; passed: number[] }> {
  const passed: number[] = [];
  for (const ref of versionRefs(refs, model).toReversed()) {
    if (!(await isRetracted(reader, refs, ref))) return { ref, passed };
    passed.push(ref.version);
  }
  return { ref: null, passed };
}

/** The tag objects that have the names of a stage's events, by number, ascending. */
export function eventTags(refs: readonly GitRef[], of: { model: ModelName; stage: StageName }): Map<number, Oid> {
  return new Map(eventRefs(refs, of).map(({ number, oid }) => [number, oid]));
}

/** A repository that is asked for no more of its refs than are needed. */
export interface RefReader extends GitReader {
  /** Refs whose full name begins with one of these. */
  refs(prefixes?: readonly string[]): Promise<GitRef[]>;
  /** Brings objects that will be asked for, with one request; absent where nothing needs to be brought. */
  fetch?(oids: readonly Oid[]): Promise<boolean>;
  /** The commit of the default branch; absent where it is not asked for. */
  head?(): Promise<Oid | null>;
}

/**
 * As `resolveLabel`, for a repository elsewhere: of a stage's history only the newest event is read, and held against
 * the list of the others. What that cannot show, `mvgit audit` does.
 */
export async function resolveElsewhere(
  reader: RefReader,
  label: Label,
  onEvents: OnEvents = () => {},
): Promise<Resolved> {
  const versions = `refs/tags/${label.model}@v`;
  if (label.kind === "latest") return resolveLabel(reader, await reader.refs([versions]), label);
  if (label.kind === "version") {
    const ref = versionRef(label.model, label.version);
    const found = await reader.refs([ref]);
    const isThere = found.some(({ name }) => name === ref);
    return resolveLabel(reader, isThere ? found : await reader.refs([versions]), label);
  }
  const all = await reader.refs([`refs/tags/${stageName(label)}#`]);
  onEvents(label, eventTags(all, label));
  // With the event comes the default branch, whose settings may say what readers are to refuse.
  const [newest, head] = [eventRefs(all, label).at(-1)?.oid, (await reader.head?.()) ?? null];
  if (newest && head) await reader.fetch?.([newest, head]);
  const event = await newestEvent(reader, all, label);
  const held = event?.event.version ?? null;
  const refs = held === null ? [] : await reader.refs([versionRef(label.model, held)]);
  if (event !== null) await fetchAlong(reader, label.model, { event, refs, head });
  return { ...(await brought(reader, label, event, refs)), events: eventTags(all, label), passed: [] };
}

/**
 * The version's tag, its package and the default branch's settings in one request: the trees that have them are here.
 */
async function fetchAlong(
  reader: RefReader,
  model: ModelName,
  { event, refs, head }: { event: StageEvent; refs: readonly GitRef[]; head: Oid | null },
): Promise<void> {
  if (!reader.fetch) return;
  const files = [
    await reader.fileAt(event.commit, packagePath(model)),
    head && (await reader.fileAt(head, COMMITTED_CONFIG)),
  ];
  await reader.fetch([
    ...refs.map(({ oid }) => oid),
    ...files.flatMap((file) => (file && file.mode !== "160000" ? [file.oid] : [])),
  ]);
}

async function named(
  reader: GitReader,
  refs: readonly GitRef[],
  label: Exclude<Label, { kind: "stage" }>,
): Promise<{ ref: VersionRef; passed: number[] }> {
  const { model } = label;
  if (label.kind === "version") return { ref: findVersion(refs, model, label.version), passed: [] };
  const { ref, passed } = await latestOf(reader, refs, model);
  if (ref !== null || passed.length === 0) return { ref: ref ?? findVersion(refs, model, null), passed };
  throw new MvgitError("label-unknown", `every version of '${model}' is retracted`, {
    subject: model,
    hint: `'mvgit log ${model} --all' lists them, with why; each can still be asked for by its number`,
  });
}

/** The version that the newest event of a stage brought, held against what the event says of it. */
async function brought(
  reader: GitReader,
  label: Label & { kind: "stage" },
  event: StageEvent | null,
  refs: readonly GitRef[],
): Promise<Omit<Resolved, "events" | "passed">> {
  const held = event?.event.version ?? null;
  if (event === null || held === null) {
    throw new MvgitError("label-unknown", `nothing is in ${formatLabel(label)}`, {
      subject: formatLabel(label),
      hint: "'mvgit stages' shows what is where; 'git fetch --tags' brings the moves of others",
    });
  }
  const version = await openVersion(reader, findVersion(refs, label.model, held));
  if (version.packageHash !== event.event.package || version.commit !== event.commit) {
    throw new MvgitError("chain-broken", `${formatLabel(label)} was moved to a v${held} that is not the present one`, {
      subject: formatLabel(label),
      hint: "somebody replaced the version's tag; 'mvgit audit' tells more",
    });
  }
  return {
    version,
    event,
    remarks: await remarksOn(reader, refs, version),
    remarkTags: remarkTags(refs, label.model, [version.version]),
  };
}

function remarkTags(
  refs: readonly GitRef[],
  model: ModelName,
  versions: readonly number[],
): Map<number, ReadonlyMap<number, Oid>> {
  return new Map(versions.map((version) => [version, chainTags(refs, { model, version })]));
}
