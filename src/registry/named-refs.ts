/**
 * What the names of refs say: which are versions, events of stages, and remarks. Told once for each list of refs, which
 * several readers of one look go by: it may have tens of thousands.
 */
import type { GitRef, Oid } from "../git/reader.ts";
import { type ModelName, readRef, type StageName } from "../values/label.ts";

/** A tag with the name of a version; not looked at yet. */
export interface VersionRef {
  model: ModelName;
  version: number;
  /** Of the tag object. */
  oid: Oid;
  /** The commit that the tag stands on. */
  commit: Oid;
}

interface LinkRef {
  model: ModelName;
  number: number;
  /** Of the tag object. */
  oid: Oid;
  /** A tag object, and no commit by its name. */
  isAnnotated: boolean;
}

/** A tag with the name of an event; not looked at yet. */
export interface EventRef extends LinkRef {
  stage: StageName;
}

/** A tag with the name of a remark; not looked at yet. */
export interface RemarkRef extends LinkRef {
  version: number;
}

interface NamedRefs {
  /** By model and number. */
  versions: readonly VersionRef[];
  /** By model, stage and number. */
  events: readonly EventRef[];
  /** By model, version and number. */
  remarks: readonly RemarkRef[];
}

const known = new WeakMap<readonly GitRef[], NamedRefs>();

/** Of a list that nobody changes any more. */
export function namedRefs(refs: readonly GitRef[]): NamedRefs {
  const found = known.get(refs) ?? read(refs);
  known.set(refs, found);
  return found;
}

function read(refs: readonly GitRef[]): NamedRefs {
  const [versions, events, remarks]: [VersionRef[], EventRef[], RemarkRef[]] = [[], [], []];
  for (const { name, oid, peeled } of refs) {
    const found = readRef(name);
    if (found === null) continue;
    const { model } = found;
    const isAnnotated = oid !== peeled;
    if (found.kind === "version") versions.push({ model, version: found.version, oid, commit: peeled });
    else if (found.kind === "event") events.push({ model, stage: found.stage, number: found.number, oid, isAnnotated });
    else remarks.push({ model, version: found.version, number: found.number, oid, isAnnotated });
  }
  return {
    versions: versions.sort((a, b) => byName(a.model, b.model) || a.version - b.version),
    events: events.sort((a, b) => byName(a.model, b.model) || byName(a.stage, b.stage) || a.number - b.number),
    remarks: remarks.sort((a, b) => byName(a.model, b.model) || a.version - b.version || a.number - b.number),
  };
}

function byName(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
