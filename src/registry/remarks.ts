/** What was said of versions after they were made: notes, retractions and what took those back (`links.ts`). */
import type { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { GitReader, GitRef } from "../git/reader.ts";
import type { ModelName } from "../values/label.ts";
import { type Event, readRemark, type Remark, type RemarkKind } from "../values/tag-message.ts";
import { isoTime } from "./event-report.ts";
import { chainBroken, type Link, type LinkKind, newestLink, readLinks } from "./links.ts";
import { namedRefs, type RemarkRef } from "./named-refs.ts";
import { nameOf, type Version, type VersionRef } from "./versions.ts";

type VersionName = Pick<VersionRef, "model" | "version">;

/** A remark, as reports tell it. */
export interface RemarkReport {
  number: number;
  kind: RemarkKind;
  text: string;
  /** Name of who made it. */
  by: string;
  /** ISO 8601 with offset. */
  time: string;
  signed: boolean;
}

/** All remarks on one version. */
export interface Remarks {
  /** Ascending; those that hang together with the newest. */
  links: Link<Remark>[];
  notes: RemarkReport[];
  /** By which remark the version is retracted; null where it is not. */
  retracted: RemarkReport | null;
  /** Why they cannot be trusted, in words; empty where they can. */
  problems: string[];
}

/** How remarks hang together. */
const REMARKS: LinkKind<Remark, RemarkRef> = {
  noun: "remark",
  chainOf: nameOf,
  read: readRemark,
  asFirst: (remark) => disagrees(remark, false),
  after: (remark, before) =>
    remark.package === before.package
      ? disagrees(remark, before.retracted)
      : `remark ${remark.number} is on another package than the one before it`,
};

/** A note leaves a version as it was; the others do what they are called. */
function disagrees({ number, kind, retracted }: Remark, before: boolean): string | null {
  const must = kind === "note" ? before : kind === "retract";
  return retracted === must ? null : `remark ${number} says that the version is ${retracted ? "" : "not "}retracted`;
}

/** The tags among `refs` that have a remark's name, of one version, one model or all, by version and number. */
function remarkRefs(
  refs: readonly GitRef[],
  { model, version }: { model?: ModelName; version?: number } = {},
): readonly RemarkRef[] {
  const { remarks } = namedRefs(refs);
  if (model === undefined && version === undefined) return remarks;
  return remarks.filter((ref) => (model ?? ref.model) === ref.model && (version ?? ref.version) === ref.version);
}

/** By `MODEL@vN`, of the versions that have any. Problems are told in each; only what Git cannot read throws. */
export async function readRemarks(
  reader: GitReader,
  refs: readonly GitRef[],
  only: { model?: ModelName; version?: number } = {},
): Promise<Map<string, Remarks>> {
  const found = await readLinks(REMARKS, reader, remarkRefs(refs, only));
  return new Map(found.map(({ of, chain: { links, problems } }) => [nameOf(of), told(links, problems)]));
}

/** Remarks where there are none. */
export const NO_REMARKS: Remarks = { links: [], notes: [], retracted: null, problems: [] };

/** The remarks on one version. */
export async function remarksOn(reader: GitReader, refs: readonly GitRef[], of: VersionName): Promise<Remarks> {
  return (await readRemarks(reader, refs, { model: of.model, version: of.version })).get(nameOf(of)) ?? NO_REMARKS;
}

/** The remarks on a version, where they can be trusted. Throws `chain-broken`. */
export function trusted(remarks: Remarks, of: VersionName & { packageHash: string }): Remarks {
  const [problem] = problemsOf(remarks, of);
  if (problem !== undefined) throw remarksBroken(of, problem);
  return remarks;
}

function told(links: Link<Remark>[], problems: string[]): Remarks {
  const reports = links.map(reportOf);
  const isRetracted = links.at(-1)?.value.retracted === true;
  return {
    links,
    notes: reports.filter(({ kind }) => kind === "note"),
    retracted: (isRetracted && reports.findLast(({ kind }) => kind === "retract")) || null,
    problems,
  };
}

function reportOf({ value: { number, kind, text }, tagger, signed }: Link<Remark>): RemarkReport {
  return { number, kind, text, by: tagger.name, time: isoTime(tagger), signed };
}

/** What is wrong with the remarks on a version, in words. */
export function problemsOf({ links, problems }: Remarks, { packageHash }: { packageHash?: string }): string[] {
  const other = links.find(({ value }) => packageHash !== undefined && value.package !== packageHash);
  return other === undefined
    ? problems
    : [...problems, `remark ${other.value.number} is on another package than it has`];
}

function remarksBroken(of: VersionName, problem: string): MvgitError {
  return chainBroken(`remarks on ${nameOf(of)}`, { subject: nameOf(of), problem });
}

/**
 * Whether a version is retracted, by its newest remark alone, held against the list of refs. Throws `chain-broken`.
 * `refs`: all of the version's remarks, or more.
 */
export async function isRetracted(reader: GitReader, refs: readonly GitRef[], of: VersionName): Promise<boolean> {
  const { model, version } = of;
  const annotated = remarkRefs(refs, { model, version }).filter(({ isAnnotated }) => isAnnotated);
  const found = await newestLink(REMARKS, reader, annotated);
  if (typeof found === "string") throw remarksBroken(of, found);
  return found?.value.retracted === true;
}

/** Who retracted a version, when and why, in words. */
export function retraction({ by, time, text }: RemarkReport): string {
  return `retracted by ${display(by)} on ${time.slice(0, 10)}: ${display(text)}`;
}

/** What whoever uses a version must know of the remarks on it, in words; `event`: by which it is in a stage. */
export function warningsOf({
  version,
  event,
  remarks,
}: {
  version: Version;
  event: { event: Pick<Event, "model" | "stage"> } | null;
  remarks: Remarks;
}): string[] {
  const name = nameOf(version);
  const held = event === null ? name : `${event.event.model}#${event.event.stage} is ${name}, which`;
  return [
    ...(remarks.retracted === null ? [] : [`${held} is ${retraction(remarks.retracted)}`]),
    ...problemsOf(remarks, version).map((problem) => `what was said of ${name} cannot be trusted: ${problem}`),
  ];
}
