/** What GTO's tags mean, replayed: versions in the order in which they came, and every move of every stage. */
import type { Oid } from "../../git/reader.ts";
import { stageFromGto } from "./tag.ts";
import type { StageName } from "../../values/label.ts";
import type { GtoTag } from "./tags.ts";

export interface GtoVersion {
  /** As GTO calls it: `v1.2.0`; the commit's id, shortened, where a stage got what was never registered. */
  called: string;
  /** The registration, or the first assignment of what was never registered. */
  tag: GtoTag;
  commit: Oid;
  /** The tag that took the registration back. */
  retired: GtoTag | null;
}

export interface GtoMove {
  stage: StageName;
  /** What made it. */
  tag: GtoTag;
  /** What the stage holds from then on. */
  version: GtoVersion | null;
}

export interface GtoPlan {
  artifact: string;
  versions: GtoVersion[];
  moves: GtoMove[];
  notes: string[];
}

/** One plan for each artifact. `tags` in order of time. */
export function planGto(tags: readonly GtoTag[]): GtoPlan[] {
  const byArtifact = new Map<string, GtoTag[]>();
  for (const tag of tags) byArtifact.set(tag.name.artifact, [...(byArtifact.get(tag.name.artifact) ?? []), tag]);
  return [...byArtifact]
    .map(([artifact, own]) => planOne(artifact, own))
    .toSorted((a, b) => (a.artifact < b.artifact ? -1 : 1));
}

function planOne(artifact: string, tags: readonly GtoTag[]): GtoPlan {
  const plan: GtoPlan = { artifact, versions: versionsOf(tags), moves: [], notes: [] };
  const stages = new Map<StageName, Assigned>();
  for (const tag of tags) {
    if (tag.name.action === "deprecate")
      plan.notes.push(`GTO calls '${artifact}' deprecated since ${dayOf(tag)}; its versions are taken all the same`);
    for (const stage of stagesOf(tag, [...stages.keys()], plan)) {
      const assigned = stages.get(stage) ?? { active: [], held: null };
      stages.set(stage, assigned);
      replay(assigned, tag, plan.versions);
      const version = assigned.active.at(-1) ?? null;
      if (version !== assigned.held) plan.moves.push({ stage, tag, version });
      assigned.held = version;
    }
  }
  return plan;
}

/** `2026-03-01`, in UTC. */
export function dayOf({ tagger }: GtoTag): string {
  return new Date(tagger.time * 1000).toISOString().slice(0, 10);
}

/** Registrations, and the commits that got a stage and were never registered. */
function versionsOf(tags: readonly GtoTag[]): GtoVersion[] {
  const versions: GtoVersion[] = [];
  const registered = new Set(tags.filter(({ name }) => name.action === "register").map((each) => each.commit));
  for (const tag of tags) {
    const { action, version } = tag.name;
    if (action === "register" && !versions.some((each) => each.called === version && each.commit === tag.commit)) {
      versions.push({ called: version as string, tag, commit: tag.commit, retired: null });
    }
    if (action === "assign" && !registered.has(tag.commit) && !versions.some((each) => each.commit === tag.commit)) {
      versions.push({ called: tag.commit.slice(0, 10), tag, commit: tag.commit, retired: null });
    }
    const taken = action === "deregister" ? versions.findLast((each) => each.called === version) : undefined;
    if (taken) taken.retired = tag;
  }
  return versions;
}

/**
 * Versions that were assigned and not taken back, the newest assignment last; and what the stage holds by the moves so
 * far.
 */
interface Assigned {
  active: GtoVersion[];
  held: GtoVersion | null;
}

/** The stages that a tag may move; a deregistration, each that is known. */
function stagesOf({ name }: GtoTag, known: readonly StageName[], plan: GtoPlan): readonly StageName[] {
  if (name.action === "deregister") return known;
  if (name.stage === null) return [];
  const stage = stageFromGto(name.stage);
  const note =
    stage === null
      ? `the stage '${name.stage}' of '${plan.artifact}' was left out: no name here is near to it`
      : `the stage '${name.stage}' of '${plan.artifact}' is called '${stage}' here`;
  if (stage !== name.stage && !plan.notes.includes(note)) plan.notes.push(note);
  return stage === null ? [] : [stage];
}

function replay(assigned: Assigned, tag: GtoTag, versions: readonly GtoVersion[]): void {
  const { action, version } = tag.name;
  const isMeant = (each: GtoVersion): boolean =>
    action === "deregister" ? each.called === version : each.commit === tag.commit;
  // Of several versions of one commit GTO cannot tell which is meant; the newest of that time is.
  const meant =
    action === "assign"
      ? (versions.findLast((each) => isMeant(each) && each.tag.tagger.time <= tag.tagger.time) ??
        versions.find(isMeant))
      : undefined;
  assigned.active = assigned.active.filter((each) => (action === "assign" ? each !== meant : !isMeant(each)));
  if (meant) assigned.active.push(meant);
}
