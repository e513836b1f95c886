/** Versions as lists have them: each verified, now or before, with the stages that hold it and what was said of it. */
import type { GitRef, Oid } from "../git/reader.ts";
import type { ModelName } from "../values/label.ts";
import { type NewestEvent, stageName } from "./chain.ts";
import { newestSeen, remarksSeen } from "./held-against.ts";
import type { LogLine } from "./log-line.ts";
import type { Look, Verified, VerifiedLine } from "./look.ts";
import { NO_REMARKS, problemsOf, type Remarks } from "./remarks.ts";
import { nameOf, packagesBehind, readVersions, type Version, type VersionRef, versionRefs } from "./versions.ts";

/** What the refs of one look say besides versions. */
export interface Said {
  /** By `MODEL@vN`. */
  stages: ReadonlyMap<string, string[]>;
  /** Stages whose history cannot be trusted, in words. */
  broken: readonly string[];
  remarks: ReadonlyMap<string, Remarks>;
}

/** Of one model or of all. What stages hold goes by their newest events alone: a list is no audit. */
export async function readSaid(look: Look, model: ModelName | undefined): Promise<Said> {
  const only = model === undefined ? {} : { model };
  return readSaidOf(look, await newestSeen(look, only), only);
}

/** As `readSaid`, where the newest events are known. */
export async function readSaidOf(
  look: Look,
  events: readonly NewestEvent[],
  only: { model?: ModelName } = {},
): Promise<Said> {
  const stages = new Map<string, string[]>();
  for (const { model, stage, event } of events) {
    const version = event?.event.version ?? null;
    if (version === null) continue;
    const name = nameOf({ model, version });
    stages.set(name, [...(stages.get(name) ?? []), stage]);
  }
  const broken = events.flatMap(({ model, stage, problem }) =>
    problem === undefined ? [] : [`${stageName({ model, stage })}: ${problem}`],
  );
  return { stages, broken, remarks: await remarksSeen(look, only) };
}

/** Whether it is left out of lists: it is retracted. What cannot be trusted is shown, and told. */
export function isHidden({ remarks }: Said, ref: VersionRef): boolean {
  const said = remarks.get(nameOf(ref));
  return said !== undefined && said.retracted !== null && said.problems.length === 0;
}

export interface Lines {
  /** In the order of the refs. */
  lines: LogLine[];
  /** Tags that are none of mvgit's. */
  others: VersionRef[];
  /** Versions that cannot be trusted. */
  damaged: VersionRef[];
  /** What cannot be trusted of versions and remarks, in words. */
  told: { model: ModelName; text: string }[];
}

/** Verifies what was not verified before, and keeps what was found. */
export async function readLines(look: Look, refs: readonly VersionRef[], said: Said): Promise<Lines> {
  const verified = look.means.verified?.() ?? null;
  const known = refs.map((ref) => knownOf(verified, ref));
  const unknown = refs.filter((_, at) => known[at] === null);
  const readings = readVersions(look.git, unknown)[Symbol.asyncIterator]();
  const found: Lines = { lines: [], others: [], damaged: [], told: [] };
  const anew = new Map<Oid, VerifiedLine>();
  for (const [at, ref] of refs.entries()) {
    let line = known[at] ?? null;
    if (line === null) {
      const { value: reading } = await readings.next();
      if (reading?.kind === "damaged" && found.damaged.push(ref) > 0)
        found.told.push({ model: ref.model, text: `${nameOf(ref)}: ${reading.reason}` });
      if (reading?.kind === "foreign") found.others.push(ref);
      if (reading?.kind !== "version") continue;
      line = verifiedLine(reading.version);
      anew.set(ref.oid, line);
    }
    found.lines.push(withSaid(line, said, found.told));
  }
  if (anew.size > 0) verified?.keep(anew, new Set(versionRefs(look.refs).map(({ oid }) => oid)));
  return found;
}

/** What was verified before of exactly this version: another name for the same tag is a copy of it. */
function knownOf(verified: Verified | null, { oid, model, version, commit }: VersionRef): VerifiedLine | null {
  const line = verified?.get(oid) ?? null;
  return line !== null && line.model === model && line.version === version && line.commit === commit ? line : null;
}

function verifiedLine({ pack, packageHash, commit, tag }: Version): VerifiedLine {
  const { model, version, time, author, message, metrics, params, from, run, weights, data } = pack;
  return {
    model,
    version,
    commit,
    time,
    author,
    message,
    metrics,
    params,
    from,
    seconds: run?.seconds ?? null,
    size: weights.reduce((sum, each) => sum + each.size, 0),
    data: data.map(({ path, hash, size }) => ({ path, hash, size })),
    signed: tag.signed,
    packageHash,
  };
}

function withSaid(verified: VerifiedLine, said: Said, told: Lines["told"]): LogLine {
  const name = nameOf(verified);
  const { packageHash, seconds, size, data, signed, ...line } = verified;
  const remarks = said.remarks.get(name) ?? NO_REMARKS;
  for (const problem of problemsOf(remarks, { packageHash }))
    told.push({ model: verified.model, text: `remarks on ${name}: ${problem}` });
  return {
    ...line,
    stages: said.stages.get(name) ?? [],
    seconds,
    size,
    data,
    signed,
    notes: remarks.notes,
    retracted: remarks.retracted,
  };
}

/**
 * By the time that each package says, the newest first; it is read without being believed, where it was not verified
 * before.
 */
export async function byTime(look: Look, refs: readonly VersionRef[]): Promise<VersionRef[]> {
  const verified = look.means.verified?.() ?? null;
  const times = new Map<VersionRef, number>();
  const unknown: VersionRef[] = [];
  for (const ref of refs) {
    const line = knownOf(verified, ref);
    if (line === null) unknown.push(ref);
    else times.set(ref, Date.parse(line.time));
  }
  for await (const { ref, tag, bytes } of packagesBehind(look.git, unknown)) {
    if (bytes !== null) times.set(ref, timeIn(bytes));
    else times.set(ref, tag === null || tag.type === "commit" ? NO_VERSION : WRONG);
  }
  return refs
    .map((ref) => ({ ref, time: times.get(ref) as number }))
    .sort(byAge)
    .map(({ ref }) => ref);
}

/**
 * The time of a version that says none, or stands on no commit: it is shown first, since something is wrong with it.
 */
const WRONG = Infinity;
/** The time of a tag of the user's own: it takes no place of a version. */
const NO_VERSION = -Infinity;

function byAge(a: { ref: VersionRef; time: number }, b: { ref: VersionRef; time: number }): number {
  if (a.time !== b.time) return b.time > a.time ? 1 : -1;
  return b.ref.version - a.ref.version || (a.ref.model < b.ref.model ? -1 : 1);
}

/** Bytes at the beginning of a package in which its time stands. */
const HEAD = 1024;

/** Milliseconds since 1970. */
function timeIn(bytes: Buffer): number {
  const time = Date.parse(/^time: "([^"]{1,64})"$/m.exec(bytes.toString("utf8", 0, HEAD))?.[1] ?? "");
  return Number.isNaN(time) ? WRONG : time;
}

/** The refs of versions by model. */
export function byModel(refs: readonly GitRef[]): Map<ModelName, VersionRef[]> {
  const models = new Map<ModelName, VersionRef[]>();
  for (const ref of versionRefs(refs)) {
    const all = models.get(ref.model);
    if (all) all.push(ref);
    else models.set(ref.model, [ref]);
  }
  return models;
}
