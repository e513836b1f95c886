/** A stage's history: the chain of its event tags (`links.ts`). */
import type { MvgitError } from "../base/errors.ts";
import { prose } from "../base/prose.ts";
import type { GitIdentity, GitReader, GitRef, Oid } from "../git/reader.ts";
import { type ModelName, type StageName, versionWord } from "../values/label.ts";
import { type Event, readEvent } from "../values/tag-message.ts";
import { chainBroken, type Link, type LinkKind, newestLinks, readLinks } from "./links.ts";
import { type EventRef, namedRefs } from "./named-refs.ts";

export interface StageOf {
  model: ModelName;
  stage: StageName;
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
export function eventRefs(
  refs: readonly GitRef[],
  { model, stage }: { model?: ModelName; stage?: StageName } = {},
): readonly EventRef[] {
  const { events } = namedRefs(refs);
  if (model === undefined && stage === undefined) return events;
  return events.filter((ref) => (model ?? ref.model) === ref.model && (stage ?? ref.stage) === ref.stage);
}

/** How events hang together. */
const EVENTS: LinkKind<Event, EventRef> = {
  noun: "event",
  chainOf: stageName,
  read: readEvent,
  asFirst: ({ number, before }) =>
    before === null ? null : `event ${number} is the first, but says that v${before} was there before`,
  after: ({ number, before }, { version }) =>
    before === version
      ? null
      : prose`event ${number} says that ${versionWord(before, "nothing")} was there before, but it was
          ${versionWord(version, "nothing")}`,
};

function asEvent({ value: event, ...tag }: Link<Event>): StageEvent {
  return { event, ...tag };
}

/** The chains of the stages that `refs` have. Problems are in the chains; only what Git cannot read throws. */
export function readChains(
  reader: GitReader,
  refs: readonly GitRef[],
  only: { model?: ModelName; stage?: StageName } = {},
): Promise<Chain[]> {
  const known = CHAINS.get(refs) ?? new Map<string, Promise<Chain[]>>();
  CHAINS.set(refs, known);
  const key = `${only.model ?? ""}#${only.stage ?? ""}`;
  const chains = known.get(key) ?? findChains(reader, refs, only);
  known.set(key, chains);
  return chains;
}

/** By the list of refs that they were found in, which nobody changes any more: much asked of one look is read once. */
const CHAINS = new WeakMap<readonly GitRef[], Map<string, Promise<Chain[]>>>();

async function findChains(
  reader: GitReader,
  refs: readonly GitRef[],
  only: { model?: ModelName; stage?: StageName },
): Promise<Chain[]> {
  const found = await readLinks(EVENTS, reader, eventRefs(refs, only));
  return found.map(({ of: { model, stage }, chain: { links, ...chain } }) => ({
    model,
    stage,
    events: links.map(asEvent),
    ...chain,
  }));
}

/** The chain of one stage, null when it has no events. Throws `chain-broken`. */
export async function readChain(
  reader: GitReader,
  refs: readonly GitRef[],
  only: { model: ModelName; stage: StageName },
): Promise<Chain | null> {
  const chain = (await readChains(reader, refs, only))[0] ?? null;
  const problem = chain?.problems[0];
  if (problem !== undefined) throw broken(only, problem);
  return chain;
}

/** The newest event of one stage (`newestLinks`); null where it has none. Throws `chain-broken`. */
export async function newestEvent(
  reader: GitReader,
  refs: readonly GitRef[],
  of: { model: ModelName; stage: StageName },
): Promise<StageEvent | null> {
  const [found] = await newestEvents(reader, refs, of);
  if (found?.problem !== undefined) throw broken(of, found.problem);
  return found?.event ?? null;
}

/** The newest event of a stage; or why its chain cannot be trusted. */
export type NewestEvent = StageOf & ({ event: StageEvent; problem?: undefined } | { event: null; problem: string });

/** Of every stage that has one, by model and stage, at the cost of one tag each. */
export async function newestEvents(
  reader: GitReader,
  refs: readonly GitRef[],
  only: { model?: ModelName; stage?: StageName } = {},
): Promise<NewestEvent[]> {
  const all: EventRef[][] = [];
  for (const ref of eventRefs(refs, only)) {
    if (!ref.isAnnotated) continue;
    const [before] = all.at(-1) ?? [];
    if (before?.model === ref.model && before.stage === ref.stage) all.at(-1)?.push(ref);
    else all.push([ref]);
  }
  const found = await newestLinks(EVENTS, reader, all);
  return found.flatMap((each, at): NewestEvent[] => {
    const [{ model, stage }] = all[at] as [EventRef, ...EventRef[]];
    if (each === null) return [];
    return [
      typeof each === "string" ? { model, stage, event: null, problem: each } : { model, stage, event: asEvent(each) },
    ];
  });
}

function broken(of: StageOf, problem: string): MvgitError {
  return chainBroken(`history of ${stageName(of)}`, { subject: stageName(of), problem });
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
