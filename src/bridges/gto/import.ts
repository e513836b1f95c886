/** `mvgit import gto`: what GTO's tags register and assign becomes versions and stage events, in their order. */
import { display, type RepoPath } from "../../base/paths.ts";
import type { GitRef, Oid } from "../../git/reader.ts";
import { namePlans } from "./names.ts";
import type { ModelName, StageName } from "../../values/label.ts";
import type { PackageFile } from "../../values/package.ts";
import type { Pointer } from "../../values/pointer.ts";
import { commitPointers } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import { readVersions, versionRefs } from "../../registry/versions.ts";
import { numbersHere } from "../../versions/making.ts";
import { isoTime } from "../../registry/event-report.ts";
import { commitView, type ViewReport } from "../../versions/stage-view.ts";
import { DvcCommits, type TakeRequest } from "../dvc/commits.ts";
import { type ImportedMove, importMoves } from "./events.ts";
import { type GtoPlan, type GtoVersion, planGto } from "./plan.ts";
import { gtoTags } from "./tags.ts";
import { contentsOf, makeVersion } from "./version.ts";
import type { Imported } from "../report.ts";
import { whileNoStageMoves, whileNumbering } from "../../repo/locks.ts";

export interface ImportGtoRequest extends TakeRequest {
  /** Names here by GTO's names. */
  names: ReadonlyMap<string, string>;
  /** Paths of weights by GTO's names, where no file says them. */
  weights: ReadonlyMap<string, string>;
  /** Versions are made without the files whose bytes are nowhere. */
  allowMissing: boolean;
  /** Whether `stages.yaml` is rewritten and committed. */
  commit: boolean;
}

/** One version, as the report tells it. */
export interface ImportedVersion {
  model: ModelName;
  version: number;
  /** GTO's name of the artifact and of the version, and its tag. */
  artifact: string;
  called: string;
  tag: string;
  by: string;
  /** ISO 8601 with offset. */
  time: string;
  /** `left`: bytes are missing, so no version of the model was made. */
  what: "made" | "unchanged" | "left";
  weights: PackageFile[];
  /** Paths whose bytes are nowhere. */
  missing: string[];
}

export interface ImportGtoReport {
  dryRun: boolean;
  versions: ImportedVersion[];
  moves: ImportedMove[];
  /** Outputs of DVC whose bytes could not be had, and that were asked to be there. */
  imported: Imported[];
  stagesFile: ViewReport["stagesFile"];
  notes: string[];
}

/**
 * Numbers go on behind those that are there. What is there already is left as it is. Throws `name-clash`,
 * `chain-broken`.
 */
export async function importGto(repo: Repo, request: ImportGtoRequest): Promise<ImportGtoReport> {
  repo.cache.temporary.clean();
  return whileNumbering(repo, () => whileNoStageMoves(repo, () => importLocked(repo, request)));
}

async function importLocked(repo: Repo, request: ImportGtoRequest): Promise<ImportGtoReport> {
  const refs = await repo.git.refs();
  const tags = await gtoTags(repo, refs);
  const plans = planGto(tags);
  const report: ImportGtoReport = {
    dryRun: request.dryRun,
    versions: [],
    moves: [],
    imported: [],
    stagesFile: "left",
    notes: plans.flatMap((each) => each.notes),
  };
  const bytes = new DvcCommits(repo, request);
  try {
    for (const { model, plan } of namePlans(plans, { names: request.names, tags, notes: report.notes }))
      await importModel(repo, { model, plan, refs, bytes, request, report });
    await bytes.end();
  } finally {
    await bytes.close();
  }
  report.notes.push(...bytes.notes);
  const hasMoved = report.moves.some((each) => each.what === "made");
  if (hasMoved && request.commit && !request.dryRun) {
    const { stagesFile, note } = await commitView(repo, "Stages as GTO had them\n", {
      host: null,
      refs: await repo.git.refs(),
      published: null,
    });
    report.stagesFile = stagesFile;
    if (note) report.notes.push(note);
  }
  return report;
}

interface Work {
  model: ModelName;
  plan: GtoPlan;
  refs: readonly GitRef[];
  bytes: DvcCommits;
  request: ImportGtoRequest;
  report: ImportGtoReport;
}

/** All versions of a model, or none while bytes are missing; then its moves. */
async function importModel(repo: Repo, work: Work): Promise<void> {
  const { model, plan, request, report } = work;
  const numbers = await knownNumbers(repo, work);
  const fresh = plan.versions.filter((each) => !numbers.has(each.tag.oid));
  const taken = new Map<GtoVersion, Taken>();
  for (const gto of fresh) taken.set(gto, await takeVersion(repo, gto, work));
  await work.bytes.end();
  const lacking = [...taken.values()].flatMap((each) => each.failed);
  const isHeldBack = lacking.length > 0 && !request.allowMissing;
  if (isHeldBack) report.imported.push(...lacking);
  let next = Math.max(
    0,
    ...versionRefs(work.refs, model).map((each) => each.version),
    ...(await numbersHere(repo, model)),
  );
  for (const gto of fresh) numbers.set(gto.tag.oid, ++next);
  for (const gto of plan.versions) {
    const { tag, called } = gto;
    const version = numbers.get(tag.oid) as number;
    const mine = taken.get(gto);
    const line = {
      model,
      version,
      artifact: plan.artifact,
      called,
      tag: tag.tag,
      by: tag.tagger.name,
      time: isoTime(tag.tagger),
      missing: mine?.failed.map((each) => each.path) ?? [],
    };
    if (mine === undefined || isHeldBack)
      report.versions.push({ ...line, what: mine === undefined ? "unchanged" : "left", weights: [] });
    else
      report.versions.push({ ...line, what: "made", weights: await make(repo, { gto, version, mine, numbers }, work) });
  }
  if (!isHeldBack) report.moves.push(...(await movesOf(repo, numbers, work)));
}

/** Numbers of what was imported before, by the ids of GTO's tag objects. */
async function knownNumbers(repo: Repo, { model, refs }: Work): Promise<Map<Oid, number>> {
  const numbers = new Map<Oid, number>();
  for await (const reading of readVersions(repo.git, versionRefs(refs, model))) {
    const origin = reading.kind === "version" ? reading.version.pack.environment["gto"] : undefined;
    const object =
      origin !== null && typeof origin === "object" && !Array.isArray(origin) ? origin["object"] : undefined;
    if (typeof object === "string" && reading.kind === "version") numbers.set(object as Oid, reading.version.version);
  }
  return numbers;
}

interface Taken {
  /** Pointers that the commit lacks. */
  added: Map<RepoPath, Pointer>;
  failed: Imported[];
}

/** The bytes of what DVC tracks in the commit and no pointer there does. */
async function takeVersion(repo: Repo, { commit }: GtoVersion, { bytes, request }: Work): Promise<Taken> {
  const { uses } = await commitPointers(repo, commit);
  const tracked = new Set<string>(uses.map((each) => each.path));
  const taken: Taken = { added: new Map(), failed: [] };
  for (const entry of await bytes.take(commit)) {
    if (tracked.has(entry.path)) continue;
    if (entry.what === "missing" || entry.what === "refused") taken.failed.push(entry);
    const pointer = entry.what === "taken" ? bytes.pointerOf(entry) : null;
    // A dry run has no hashes; its table needs the paths and sizes alone.
    if (pointer !== null) taken.added.set(entry.path as RepoPath, pointer);
    else if (entry.what === "taken" && request.dryRun)
      taken.added.set(entry.path as RepoPath, {
        hash: "0".repeat(64) as Pointer["hash"],
        size: entry.size,
        extra: new Map(),
      });
  }
  return taken;
}

async function make(
  repo: Repo,
  { gto, version, mine, numbers }: { gto: GtoVersion; version: number; mine: Taken; numbers: ReadonlyMap<Oid, number> },
  { model, plan, request }: Work,
): Promise<PackageFile[]> {
  const contents = await contentsOf(repo, gto, { added: mine.added, named: request.weights.get(plan.artifact) });
  if (request.dryRun) return contents.weights;
  const notes = [
    ...contents.notes,
    ...mine.failed.map(
      ({ path, digest }) =>
        `'${display(path)}' (MD5 ${digest}) is not part of this version: its bytes were nowhere when it was imported`,
    ),
  ];
  const byTag = new Map(plan.versions.map((each) => [each.tag.tag, numbers.get(each.tag.oid) as number]));
  await makeVersion(repo, { model, version, gto, added: mine.added, ...contents, notes }, byTag);
  return contents.weights;
}

async function movesOf(
  repo: Repo,
  numbers: ReadonlyMap<Oid, number>,
  { model, plan, request }: Work,
): Promise<ImportedMove[]> {
  const moves: ImportedMove[] = [];
  for (const stage of new Set<StageName>(plan.moves.map((each) => each.stage))) {
    const own = plan.moves.filter((each) => each.stage === stage);
    moves.push(
      ...(await importMoves(repo, {
        model,
        stage,
        moves: own,
        dryRun: request.dryRun,
        numberOf: ({ version }) => (version === null ? null : (numbers.get(version.tag.oid) as number)),
      })),
    );
  }
  return moves;
}
