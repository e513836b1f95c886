/** One version, whole. */
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { Course } from "../values/course.ts";
import type { Package } from "../values/package.ts";
import type { RecordedRuns } from "../values/recorded-runs.ts";
import type { GitReader } from "../git/reader.ts";
import { type Chain, stageName } from "./chain.ts";
import { readCurveAt, readRunsAt } from "./recorded.ts";
import { nameOf, type Version } from "./versions.ts";
import { type EventReport, reportOf } from "./event-report.ts";
import { chainsSeen, remarksSeen } from "./held-against.ts";
import type { Look } from "./look.ts";
import { NO_REMARKS, problemsOf, type RemarkReport } from "./remarks.ts";
import { resolveText } from "./resolve.ts";

export interface ShowReport {
  /** As asked. */
  label: string;
  package: Package;
  /** Of the package file's bytes. */
  packageHash: string;
  commit: string;
  /** Whether the version's tag carries a signature; 'git verify-tag' tells of what worth. */
  signed: boolean;
  /** The moves that brought it to a stage or away, oldest first. */
  events: EventReport[];
  /** What was said of it since, oldest first. */
  notes: RemarkReport[];
  /** By whom, when and why it is retracted; null where it is not. */
  retracted: RemarkReport | null;
  /** Why what was said of it, or the moves of its model's stages, cannot be trusted, in words. */
  problems: string[];
  /** What an experiment tracker recorded besides; null for nothing. */
  recorded: RecordedRuns | null;
  /** The course of one score; null unless it was asked for. */
  plot: (Course & { metric: string }) | null;
}

/**
 * `plot`: a score. Throws `label-unknown`, `version-damaged`, `chain-broken`, and `usage` for a score without a course.
 */
export async function show(look: Look, label: string, plot?: string): Promise<ShowReport> {
  const { version } = (await resolveText(look, label)).found;
  const report = await showOf(look, version, { chains: await chainsSeen(look, { model: version.model }), label });
  return plot === undefined ? report : { ...report, plot: await courseOf(look.git, version, plot) };
}

/** The report of a version; `chains` are all of its model. */
export async function showOf(
  look: Look,
  { pack, packageHash, commit, tag }: Version,
  { chains, label }: { chains: readonly Chain[]; label: string },
): Promise<ShowReport> {
  const said = (await remarksSeen(look, { model: pack.model, version: pack.version })).get(nameOf(pack)) ?? NO_REMARKS;
  const events = chains
    .flatMap((chain) => chain.events)
    .filter(({ event }) => event.version === pack.version || event.before === pack.version)
    .map(reportOf);
  return {
    label,
    package: pack,
    packageHash,
    commit,
    signed: tag.signed,
    events,
    notes: said.notes,
    retracted: said.retracted,
    problems: [...problemsOf(said, { packageHash }), ...brokenOf(chains)],
    recorded: await readRunsAt(look.git, commit, pack.model),
    plot: null,
  };
}

function brokenOf(chains: readonly Chain[]): string[] {
  return chains.flatMap((chain) => chain.problems.slice(0, 1).map((problem) => `${stageName(chain)}: ${problem}`));
}

async function courseOf(git: GitReader, version: Version, metric: string): Promise<Course & { metric: string }> {
  const { course, names } = await readCurveAt(git, { commit: version.commit, model: version.model }, metric);
  if (course !== null) return { metric, ...course };
  throw new MvgitError("usage", `${nameOf(version)} has no curve of '${display(metric)}'`, {
    subject: display(metric),
    hint:
      names.length === 0
        ? "it has none at all; a run records curves from MVGIT_LOG and from MLflow"
        : `it has: ${names.slice(0, 20).map(display).join(", ")}`,
  });
}
