/**
 * What somebody was told of labels before: newest events, versions, so that a later answer that takes it back is
 * noticed.
 */
import { type Hash, parseHash } from "./hash.ts";

/** Bytes. */
export const SEEN_CAP = 4 * 1024 * 1024;
const FORMAT = 1;
/** Versions that are remembered of all models together. */
const MOST_VERSIONS = 2000;
/** Stages and versions of which a newest event or remark is remembered. */
const MOST_CHAINS = 20_000;

interface SeenEvent {
  event: number;
  /** Git's id of the tag object; null where nobody kept it. */
  tag: string | null;
}

interface SeenVersion {
  package: Hash;
  tag: string | null;
}

/** By names as people type them. */
export interface Seen {
  /** `MODEL#STAGE`: its newest event; `MODEL@vN`: the newest remark on it. */
  events: Map<string, SeenEvent>;
  /** `MODEL@vN`. */
  versions: Map<string, SeenVersion>;
  /** Model: the highest number that was asked for as its latest. */
  latest: Map<string, number>;
}

/** Keeps the newest event or remark of a chain. */
export function keepLink(seen: Seen, name: string, link: SeenEvent): void {
  if (seen.events.has(name) || seen.events.size < MOST_CHAINS) seen.events.set(name, link);
}

export function nothingSeen(): Seen {
  return { events: new Map(), versions: new Map(), latest: new Map() };
}

export function formatSeen({ events, versions, latest }: Seen): string {
  const kept = [...versions].slice(-MOST_VERSIONS);
  const seen = {
    mvgit: FORMAT,
    events: Object.fromEntries(events),
    versions: Object.fromEntries(kept),
    latest: Object.fromEntries(latest),
  };
  return `${JSON.stringify(seen)}\n`;
}

/** Null for a text that is none. */
export function readSeen(text: string): Seen | null {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    // The caller says what it means that there is none.
    return null;
  }
  if (
    !isObject(data) ||
    data["mvgit"] !== FORMAT ||
    !isObject(data["events"]) ||
    !isObject(data["versions"]) ||
    !isObject(data["latest"])
  )
    return null;
  const seen = nothingSeen();
  for (const [name, value] of Object.entries(data["events"])) {
    if (!isObject(value) || typeof value["event"] !== "number") return null;
    seen.events.set(name, { event: value["event"], tag: textOf(value["tag"]) });
  }
  for (const [name, value] of Object.entries(data["versions"])) {
    const hash = isObject(value) ? parseHash(String(value["package"])) : null;
    if (hash === null) return null;
    seen.versions.set(name, { package: hash, tag: textOf((value as Record<string, unknown>)["tag"]) });
  }
  for (const [name, value] of Object.entries(data["latest"])) {
    if (typeof value !== "number") return null;
    seen.latest.set(name, value);
  }
  return seen;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
