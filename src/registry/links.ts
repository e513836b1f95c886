/**
 * Tags that hang together: link N names the tag object of link N-1, so a gap, a moved, deleted or copied tag shows.
 * Order is the number, never the clock. The moves of a stage are such a chain (`chain.ts`), the remarks on a version
 * another (`remarks.ts`).
 */
import { plural } from "../base/counts.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { GitIdentity, GitReader, GitTag, Oid } from "../git/reader.ts";
import type { TagReading } from "../values/tag-message.ts";

/** What every link's message says. */
export interface Linked {
  number: number;
  /** Git's id of the tag object before; null for the first. */
  previous: string | null;
}

/** A tag with the name of a link; not looked at yet. */
export interface LinkRef {
  number: number;
  /** Of the tag object. */
  oid: Oid;
}

export interface Link<T extends Linked> {
  value: T;
  /** Of the tag object. */
  oid: Oid;
  /** The commit that it stands on. */
  commit: Oid;
  /** Who and when, as Git has it. */
  tagger: GitIdentity;
  signed: boolean;
}

/** One kind of chain. */
export interface LinkKind<T extends Linked, R extends LinkRef> {
  /** What messages call a link: `event`, `remark`. */
  noun: string;
  /** What the links are of, as messages show it: `spam#production`, `spam@v3`. */
  chainOf(of: R | T): string;
  /** Reads a tag's message. Never throws. */
  read(message: string): TagReading<T>;
  /** What is wrong with a link as the first of its chain; null for nothing. */
  asFirst(link: T): string | null;
  /** What a link says that the one before it did not; null for nothing. */
  after(link: T, before: T): string | null;
}

/** Links of one chain. */
export interface LinkedTags<T extends Linked> {
  /** Ascending; those that hang together with the newest. */
  links: Link<T>[];
  /** What is wrong, in words; empty for a chain that can be trusted. */
  problems: string[];
  /** Numbers of tags of the user's own that had a link's name before the first. */
  foreign: number[];
  /** Of how many neighbours, both there, the later names another tag object than the earlier is; absent for none. */
  apart?: { of: number; neighbours: number };
}

/** Reads the tags of several chains at once; `refs` are grouped by chain, ascending. What holds no link is none. */
export async function readLinks<T extends Linked, R extends LinkRef>(
  kind: LinkKind<T, R>,
  reader: GitReader,
  refs: readonly R[],
): Promise<{ of: R; chain: LinkedTags<T> }[]> {
  const chains: { of: R; chain: LinkedTags<T> }[] = [];
  let group: { ref: R; tag: GitTag | null }[] = [];
  const close = (): void => {
    const chain = group.length > 0 ? linkUp(kind, group) : null;
    if (chain) chains.push({ of: (group[0] as { ref: R }).ref, chain });
    group = [];
  };
  let at = 0;
  for await (const { tag } of reader.tags(refs.map((each) => each.oid))) {
    const ref = refs[at++] as R;
    const last = group.at(-1)?.ref;
    if (last && kind.chainOf(last) !== kind.chainOf(ref)) close();
    group.push({ ref, tag });
  }
  close();
  return chains;
}

/** Tags with a link's name that are no links, before the host is not believed any more. */
const MOST_FOREIGN = 16;

/**
 * The newest link of each of several chains, held against the list of refs alone, so that a history of any length costs
 * one tag: numbers have no gap, and the tag below is the one that it names. Null when a chain has none; a text for what
 * is wrong. Each chain: refs of annotated tags, ascending.
 */
export async function newestLinks<T extends Linked, R extends LinkRef>(
  kind: LinkKind<T, R>,
  reader: GitReader,
  chains: readonly (readonly R[])[],
): Promise<(Link<T> | string | null)[]> {
  const found: (Link<T> | string | null)[] = chains.map(() => null);
  // Tags of the user's own may have such names: the one below is looked at then.
  let open = [...chains.keys()];
  for (let foreign = 0; open.length > 0; foreign++) {
    open = open.filter((at) => foreign < (chains[at] as readonly R[]).length);
    const refs = open.map((at) => (chains[at] as readonly R[]).at(-1 - foreign) as R);
    const next: number[] = [];
    let index = 0;
    for await (const { tag } of reader.tags(refs.map(({ oid }) => oid))) {
      const [at, ref] = [open[index] as number, refs[index++] as R];
      const reading = readTagged(kind, ref, tag);
      const chain = chains[at] as readonly R[];
      if (typeof reading === "string") found[at] = `${kind.noun} ${ref.number} ${reading}`;
      else if (reading !== null)
        found[at] = unlinked(kind, reading, chain.slice(0, chain.length - 1 - foreign)) ?? reading;
      else if (foreign < MOST_FOREIGN) next.push(at);
      else if (chain.length > foreign + 1)
        found[at] = `the newest ${plural(MOST_FOREIGN, "tag")} of its name are no ${kind.noun}s`;
    }
    open = next;
  }
  return found;
}

/** As `newestLinks`, of one chain. */
export async function newestLink<T extends Linked, R extends LinkRef>(
  kind: LinkKind<T, R>,
  reader: GitReader,
  refs: readonly R[],
): Promise<Link<T> | string | null> {
  return (await newestLinks(kind, reader, [refs]))[0] ?? null;
}

/** What the list of refs shows to be wrong with a link and those below it. */
function unlinked<T extends Linked, R extends LinkRef>(
  { noun }: LinkKind<T, R>,
  { value }: Link<T>,
  below: readonly R[],
): string | null {
  const gap = below.findIndex(({ number }, index) => number !== index + 1);
  if (gap >= 0) return `${noun} ${gap + 1} is missing`;
  if (below.length + 1 < value.number) return `${noun} ${below.length + 1} is missing`;
  const last = below.at(-1);
  if ((last?.oid ?? null) === value.previous) return null;
  return last
    ? `${noun} ${last.number} is not the one that ${noun} ${value.number} names`
    : `${noun} ${value.number} is the first, but names one before it`;
}

/** For a chain with a problem. `what`: the history of what, in words. */
export function chainBroken(what: string, { subject, problem }: { subject: string; problem: string }): MvgitError {
  return new MvgitError("chain-broken", `cannot trust the ${what}: ${problem}`, {
    subject,
    hint: "'mvgit audit' lists what was changed; a clone that has the true tags can push them again",
  });
}

/** One chain's tags, ascending, linked from the newest down; null when none of them is a link of mvgit's. */
function linkUp<T extends Linked, R extends LinkRef>(
  kind: LinkKind<T, R>,
  tags: readonly { ref: R; tag: GitTag | null }[],
): LinkedTags<T> | null {
  const chain: LinkedTags<T> = { links: [], problems: [], foreign: [] };
  const { noun } = kind;
  const known = new Map<number, Link<T>>();
  for (const { ref, tag } of tags) {
    const reading = readTagged(kind, ref, tag);
    if (typeof reading === "string") chain.problems.push(`${noun} ${ref.number} ${reading}`);
    else if (reading) known.set(ref.number, reading);
    // Tags of the user's own may have had such names before; later they stand where only a link may.
    else if (known.size > 0)
      chain.problems.push(`${noun} ${ref.number} is not one of mvgit's: another tag has its name`);
    else chain.foreign.push(ref.number);
  }
  const neighbours = [...known.values()].flatMap((each) =>
    known.has(each.value.number - 1) ? [{ each, before: known.get(each.value.number - 1) as Link<T> }] : [],
  );
  const apart = neighbours.filter(({ each, before }) => each.value.previous !== before.oid).length;
  if (apart > 0) chain.apart = { of: apart, neighbours: neighbours.length };
  let current = [...known.values()].at(-1);
  while (current) {
    chain.links.push(current);
    known.delete(current.value.number);
    current = follow(kind, current, { known, problems: chain.problems });
  }
  chain.links.reverse();
  for (const number of known.keys()) chain.problems.push(`${noun} ${number} hangs together with no later one`);
  return chain.links.length > 0 || chain.problems.length > 0 ? chain : null;
}

/** The link before, when it is the one that is named. */
function follow<T extends Linked, R extends LinkRef>(
  kind: LinkKind<T, R>,
  { value }: Link<T>,
  { known, problems }: { known: ReadonlyMap<number, Link<T>>; problems: string[] },
): Link<T> | undefined {
  const { noun } = kind;
  const told = (problem: string | null): boolean => problem !== null && problems.push(problem) > 0;
  if (value.previous === null) {
    told(kind.asFirst(value));
    return undefined;
  }
  const before = known.get(value.number - 1);
  if (!before) told(`${noun} ${value.number - 1} is missing`);
  else if (before.oid !== value.previous)
    told(`${noun} ${value.number - 1} is not the one that ${noun} ${value.number} names`);
  else if (!told(kind.after(value, before.value))) return before;
  return undefined;
}

/** The link; null for a tag of the user's own; a text for what is wrong with it. */
function readTagged<T extends Linked, R extends LinkRef>(
  kind: LinkKind<T, R>,
  ref: R,
  tag: GitTag | null,
): Link<T> | string | null {
  const reading = tag && kind.read(tag.message);
  if (!tag || !reading || reading.kind === "other") return null;
  if (reading.kind === "newer") return `has format ${reading.version}, which a newer mvgit reads`;
  if (reading.kind === "malformed") return `has a malformed message: ${reading.reason}`;
  const { value } = reading;
  if (tag.name !== `${kind.chainOf(ref)}#${ref.number}`) return `is a copy of the tag '${display(tag.name)}'`;
  if (kind.chainOf(value) !== kind.chainOf(ref) || value.number !== ref.number)
    return `has the message of ${kind.chainOf(value)}, ${kind.noun} ${value.number}`;
  if (tag.type !== "commit" || !tag.tagger) return "does not stand on a commit, or has no tagger";
  if (!isTime(tag.tagger)) return "has a time that no calendar has";
  return { value, oid: ref.oid, commit: tag.object, tagger: tag.tagger, signed: tag.signed };
}

/** From 1970 to the year 9999, in a zone that exists: what can be written as ISO 8601. */
function isTime({ time, zone }: GitIdentity): boolean {
  return time >= 0 && time < 253_402_214_400 && /^[+-](?:0[0-9]|1[0-4])[0-5][0-9]$/.test(zone);
}
