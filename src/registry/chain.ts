/**
 * A stage's history: the chain of its event tags. Event N names the tag object of event N-1, so a gap, a moved, deleted
 * or copied tag shows. Order is the number, never the clock.
 */
import { plural } from "../base/counts.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import type { GitIdentity, GitReader, GitRef, GitTag, Oid } from "../git/reader.ts";
import { eventRef, type ModelName, readRef, type StageName, versionWord } from "../values/label.ts";
import { type Event, readEvent } from "../values/tag-message.ts";

export interface StageOf {
  model: ModelName;
  stage: StageName;
}

/** A tag with the name of an event; not looked at yet. */
export interface EventRef {
  model: ModelName;
  stage: StageName;
  number: number;
  /** Of the tag object. */
  oid: Oid;
}

export interface StageEvent {
  event: Event;
  /** Of the tag object. */
  oid: Oid;
  /** The commit that it stands on. */
  commit: Oid;
  /** Who and when, as Git has it. */
  tagger: GitIdentity;
  signed: boolean;
}

export interface Chain {
  model: ModelName;
  stage: StageName;
  /** Ascending; those that hang together with the newest. */
  events: StageEvent[];
  /** What is wrong with it, in words; empty for a chain that can be trusted. */
  problems: string[];
  /** Numbers of tags of the user's own that had an event's name before the first event. */
  foreign: number[];
  /**
   * Of how many neighbours, both there, the later names another tag object than the earlier is; absent where none does.
   */
  apart?: { of: number; neighbours: number };
}

/** `MODEL#STAGE`, as messages show it. */
export function stageName({ model, stage }: { model: ModelName; stage: StageName }): string {
  return `${model}#${stage}`;
}

/** The tags among `refs` that have an event's name, of one model and stage or of all, by model, stage and number. */
export function eventRefs(refs: readonly GitRef[], only: { model?: ModelName; stage?: StageName } = {}): EventRef[] {
  const found: EventRef[] = [];
  for (const { name, oid } of refs) {
    const read = readRef(name);
    if (read?.kind !== "event") continue;
    if (
      (only.model !== undefined && read.model !== only.model) ||
      (only.stage !== undefined && read.stage !== only.stage)
    )
      continue;
    found.push({ model: read.model, stage: read.stage, number: read.number, oid });
  }
  return found.sort((a, b) => compare(a.model, b.model) || compare(a.stage, b.stage) || a.number - b.number);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The highest number that a tag of that name has, which none of mvgit's events may take again. */
export function highestNumber(refs: readonly GitRef[], of: StageOf): number {
  const prefix = `refs/tags/${stageName(of)}#`;
  return refs.reduce(
    (most, { name }) =>
      name.startsWith(prefix) ? Math.max(most, Number(/#([1-9][0-9]{0,8})$/.exec(name)?.[1] ?? 0)) : most,
    0,
  );
}

/** The chains of the stages that `refs` have. Problems are in the chains; only what Git cannot read throws. */
export async function readChains(
  reader: GitReader,
  refs: readonly GitRef[],
  only: { model?: ModelName; stage?: StageName } = {},
): Promise<Chain[]> {
  const found = eventRefs(refs, only);
  const chains: Chain[] = [];
  let group: { ref: EventRef; tag: GitTag | null }[] = [];
  const close = (): void => {
    const chain = group.length > 0 ? linkUp(group) : null;
    if (chain) chains.push(chain);
    group = [];
  };
  let at = 0;
  for await (const { tag } of reader.tags(found.map((each) => each.oid))) {
    const ref = found[at++] as EventRef;
    const last = group.at(-1)?.ref;
    if (last && (last.model !== ref.model || last.stage !== ref.stage)) close();
    group.push({ ref, tag });
  }
  close();
  return chains;
}

/** The chain of one stage, null when it has no events. Throws `chain-broken`. */
export async function readChain(
  reader: GitReader,
  refs: readonly GitRef[],
  only: { model: ModelName; stage: StageName },
): Promise<Chain | null> {
  const chain = (await readChains(reader, refs, only))[0] ?? null;
  if (chain) trust(chain);
  return chain;
}

/** Tags with an event's name that are no events, before the host is not believed any more. */
const MOST_FOREIGN = 16;

/**
 * The newest event of one stage, held against the list of refs alone, so that a history of any length costs one tag:
 * numbers have no gap, and the tag below is the one that it names. Null when the stage has no event. Throws
 * `chain-broken`.
 */
export async function newestEvent(
  reader: GitReader,
  refs: readonly GitRef[],
  of: { model: ModelName; stage: StageName },
): Promise<StageEvent | null> {
  const found = eventRefs(
    refs.filter(({ oid, peeled }) => oid !== peeled),
    of,
  );
  const broken = (problem: string): never => trust({ ...of, events: [], problems: [problem], foreign: [] }) as never;
  for (let foreign = 0; foreign < found.length; foreign++) {
    const below = found.slice(0, found.length - 1 - foreign);
    const ref = found[below.length] as EventRef;
    if (foreign > MOST_FOREIGN) return broken(`the newest ${plural(MOST_FOREIGN, "tag")} of its name are no events`);
    const reading = readTagged(ref, await reader.tag(ref.oid));
    if (typeof reading === "string") return broken(`event ${ref.number} ${reading}`);
    if (reading === null) continue;
    const problem = unlinked(reading, below);
    return problem === null ? reading : broken(problem);
  }
  return null;
}

/** What the list of refs shows to be wrong with an event and those below it. */
function unlinked({ event }: StageEvent, below: readonly EventRef[]): string | null {
  const gap = below.findIndex(({ number }, index) => number !== index + 1);
  if (gap >= 0) return `event ${gap + 1} is missing`;
  if (below.length + 1 < event.number) return `event ${below.length + 1} is missing`;
  const last = below.at(-1);
  if ((last?.oid ?? null) === event.previous) return null;
  return last
    ? `event ${last.number} is not the one that event ${event.number} names`
    : `event ${event.number} is the first, but names one before it`;
}

/** Throws `chain-broken` for a chain with problems. */
function trust(chain: Chain): void {
  if (chain.problems.length === 0) return;
  throw new MvgitError(
    "chain-broken",
    `cannot trust the history of ${stageName(chain)}: ${chain.problems[0] as string}`,
    {
      subject: stageName(chain),
      hint: "'mvgit audit' lists what was changed; a clone that has the true tags can push them again",
    },
  );
}

/** One stage's tags, ascending, linked from the newest down; null when none of them is an event of mvgit's. */
function linkUp(tags: readonly { ref: EventRef; tag: GitTag | null }[]): Chain | null {
  const { model, stage } = (tags[0] as { ref: EventRef }).ref;
  const chain: Chain = { model, stage, events: [], problems: [], foreign: [] };
  const known = new Map<number, StageEvent>();
  for (const { ref, tag } of tags) {
    const reading = readTagged(ref, tag);
    if (typeof reading === "string") chain.problems.push(`event ${ref.number} ${reading}`);
    else if (reading) known.set(ref.number, reading);
    // Tags of the user's own may have had such names before; later they stand where only an event may.
    else if (known.size > 0) chain.problems.push(`event ${ref.number} is not one of mvgit's: another tag has its name`);
    else chain.foreign.push(ref.number);
  }
  const neighbours = [...known.values()].flatMap((each) =>
    known.has(each.event.number - 1) ? [{ each, before: known.get(each.event.number - 1) as StageEvent }] : [],
  );
  const apart = neighbours.filter(({ each, before }) => each.event.previous !== before.oid).length;
  if (apart > 0) chain.apart = { of: apart, neighbours: neighbours.length };
  let current = [...known.values()].at(-1);
  while (current) {
    chain.events.push(current);
    known.delete(current.event.number);
    current = follow(current, known, chain.problems);
  }
  chain.events.reverse();
  for (const number of known.keys()) chain.problems.push(`event ${number} hangs together with no later one`);
  return chain.events.length > 0 || chain.problems.length > 0 ? chain : null;
}

/** The event before, when it is the one that is named. */
function follow(
  { event }: StageEvent,
  known: ReadonlyMap<number, StageEvent>,
  problems: string[],
): StageEvent | undefined {
  if (event.previous === null) {
    if (event.before !== null)
      problems.push(`event ${event.number} is the first, but says that v${event.before} was there before`);
    return undefined;
  }
  const before = known.get(event.number - 1);
  if (!before) problems.push(`event ${event.number - 1} is missing`);
  else if (before.oid !== event.previous)
    problems.push(`event ${event.number - 1} is not the one that event ${event.number} names`);
  else if (before.event.version !== event.before)
    problems.push(
      prose`event ${event.number} says that ${versionWord(event.before, "nothing")} was there before, but it
        was ${versionWord(before.event.version, "nothing")}`,
    );
  else return before;
  return undefined;
}

/** The event; null for a tag of the user's own; a text for what is wrong with it. */
function readTagged(ref: EventRef, tag: GitTag | null): StageEvent | string | null {
  const reading = tag && readEvent(tag.message);
  if (!tag || !reading || reading.kind === "other") return null;
  if (reading.kind === "newer") return `has format ${reading.version}, which a newer mvgit reads`;
  if (reading.kind === "malformed") return `has a malformed message: ${reading.reason}`;
  const { value: event } = reading;
  if (`refs/tags/${tag.name}` !== eventRef(ref.model, ref.stage, ref.number))
    return `is a copy of the tag '${display(tag.name)}'`;
  if (event.model !== ref.model || event.stage !== ref.stage || event.number !== ref.number)
    return `has the message of ${stageName(event)}, event ${event.number}`;
  if (tag.type !== "commit" || !tag.tagger) return "does not stand on a commit, or has no tagger";
  if (!isTime(tag.tagger)) return "has a time that no calendar has";
  return { event, oid: ref.oid, commit: tag.object, tagger: tag.tagger, signed: tag.signed };
}

/** From 1970 to the year 9999, in a zone that exists: what can be written as ISO 8601. */
function isTime({ time, zone }: GitIdentity): boolean {
  return time >= 0 && time < 253_402_214_400 && /^[+-](?:0[0-9]|1[0-4])[0-5][0-9]$/.test(zone);
}

/** What the stage holds now; null for nothing. */
export function heldNow({ events }: Chain): number | null {
  return events.at(-1)?.event.version ?? null;
}

/**
 * What the stage held at a time: by the newest event that is not younger. Null when it held nothing.
 * `time`: milliseconds since 1970.
 */
export function eventAt({ events }: Chain, time: number): StageEvent | null {
  return events.findLast(({ tagger }) => tagger.time * 1000 <= time) ?? null;
}

/**
 * The version to go back to: the one that was there before the present one came. A move to what stood just below is
 * itself a step back, so going back twice goes two versions back. Null when nothing was there before.
 */
export function heldBefore({ events }: Chain): number | null {
  const held: (number | null)[] = [null];
  for (const { event } of events) {
    if (held.length > 1 && held.at(-2) === event.version) held.pop();
    else if (held.at(-1) !== event.version) held.push(event.version);
  }
  return held.at(-2) ?? null;
}
