/** The versions of a model, or of all, with their scores and the stages that hold them. */
import { isMvgitError, MvgitError } from "../base/errors.ts";
import type { GitReader, GitRef } from "../git/reader.ts";
import type { ModelName, StageName } from "../values/label.ts";
import type { Package } from "../values/package.ts";
import { eventRefs, newestEvent, stageName } from "./chain.ts";
import type { Look } from "./look.ts";
import { nameOf, packagesBehind, readVersions, type VersionRef, versionRefs } from "./versions.ts";

export interface LogRequest {
  model?: ModelName;
  /** How many of the newest. */
  most: number;
}

/** A version in a list. */
export interface LogLine {
  model: ModelName;
  version: number;
  commit: string;
  time: string;
  author: string;
  message: string;
  metrics: Package["metrics"];
  params: Package["params"];
  from: number | null;
  /** Stages that hold it now. */
  stages: string[];
}

export interface LogReport {
  /** Newest first: of one model by number, of all by time. */
  versions: LogLine[];
  /** How many there are in all. */
  total: number;
  /** Versions that cannot be trusted, in words. */
  problems: string[];
}

/** Throws `label-unknown` for a model that has none. */
export async function logOf({ git, refs }: Look, { model, most }: LogRequest): Promise<LogReport> {
  const all = versionRefs(refs, model);
  if (model !== undefined && all.length === 0) {
    throw new MvgitError("label-unknown", `no version of '${model}' is here`, {
      subject: model,
      hint: "'mvgit log' lists all models; 'git fetch --tags' brings the versions of others",
    });
  }
  const held = await stagesByVersion(git, refs, model);
  const report: LogReport = { versions: [], total: all.length, problems: [] };
  for await (const reading of readVersions(git, await newest(git, all, { model, most }))) {
    if (reading.kind === "damaged") report.problems.push(`${nameOf(reading.ref)}: ${reading.reason}`);
    if (reading.kind === "foreign") report.total--;
    if (reading.kind !== "version") continue;
    const { pack, commit } = reading.version;
    const { version, time, author, message, metrics, params, from } = pack;
    report.versions.push({
      model: pack.model,
      version,
      commit,
      time,
      author,
      message,
      metrics,
      params,
      from,
      stages: held.get(nameOf(pack)) ?? [],
    });
  }
  return report;
}

/**
 * Of one model by number; of all by the time that each package says, which is read without being believed where not all
 * are shown.
 */
async function newest(
  git: GitReader,
  all: readonly VersionRef[],
  { model, most }: { model: ModelName | undefined; most: number },
): Promise<VersionRef[]> {
  if (model !== undefined) return all.toReversed().slice(0, most);
  const times = new Map<VersionRef, number>();
  for await (const { ref, tag, bytes } of packagesBehind(git, all)) {
    if (bytes !== null) times.set(ref, timeIn(bytes));
    else times.set(ref, tag === null || tag.type === "commit" ? NO_VERSION : WRONG);
  }
  return all
    .map((ref) => ({ ref, time: times.get(ref) as number }))
    .sort(byAge)
    .slice(0, most)
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

/** What stages hold, by their newest events alone: a list of versions is no audit, and histories are long. */
async function stagesByVersion(
  git: GitReader,
  refs: readonly GitRef[],
  model: ModelName | undefined,
): Promise<Map<string, string[]>> {
  const held = new Map<string, string[]>();
  for (const of of stagesOf(refs, model)) {
    const event = await newestEvent(
      git,
      refs.filter(({ name }) => name.startsWith(`refs/tags/${stageName(of)}#`)),
      of,
    ).catch((error: unknown) => {
      if (isMvgitError(error, "chain-broken")) return null;
      throw error;
    });
    const version = event?.event.version ?? null;
    if (version === null) continue;
    const name = nameOf({ model: of.model, version });
    held.set(name, [...(held.get(name) ?? []), of.stage]);
  }
  return held;
}

function stagesOf(refs: readonly GitRef[], model: ModelName | undefined): { model: ModelName; stage: StageName }[] {
  return [
    ...new Map(
      eventRefs(refs, model === undefined ? {} : { model }).map((each) => [
        stageName(each),
        { model: each.model, stage: each.stage },
      ]),
    ).values(),
  ];
}
