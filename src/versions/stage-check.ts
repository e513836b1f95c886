/**
 * `mvgit stage check` and `mvgit stage apply`: the reviewed file against the event tags, and its edits made into
 * events.
 */
import { isMvgitError, MvgitError } from "../base/errors.ts";
import type { RepoPath } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { type ModelName, type StageName, versionWord } from "../values/label.ts";
import { formatStages, readStages, STAGES_FILE, type StageLine } from "../values/stages-file.ts";
import type { Repo } from "../repo/repo.ts";
import { type Chain, heldNow, readChains, stageName } from "../registry/chain.ts";
import { chainsSeen } from "../registry/held-against.ts";
import { readRemarks, type RemarkReport } from "../registry/remarks.ts";
import { nameOf } from "../registry/versions.ts";
import { type MoveReport, promote, rollback } from "./promote.ts";
import { memoryOf } from "./stage/seen.ts";
import { linesOf, readView, stagesAt } from "./stage-view.ts";

/** How one stage's line stands to its chain. */
export interface Verdict {
  model: ModelName;
  stage: StageName;
  /** `behind`: the view lags; `differs`: someone edited it; `broken`: the chain cannot be trusted. */
  state: "same" | "behind" | "differs" | "broken";
  file: number | null;
  chain: number | null;
  problem?: string;
  /** By whom, when and why the version of the file, or that of the stage, is retracted; absent where none is. */
  retracted?: RemarkReport;
}

export interface CheckReport {
  verdicts: Verdict[];
  /** Whether the file was written anew. */
  written: boolean;
}

/**
 * Compares the file of the work tree, or of a revision, with the event tags; `write` makes it anew from them. Throws
 * `setting-invalid` for a file that cannot be read where it is not made anew, `usage` for a revision that is none.
 */
export async function checkStages(repo: Repo, request: { revision?: string; write?: boolean }): Promise<CheckReport> {
  const refs = await repo.git.refs();
  const text = request.revision === undefined ? readView(repo) : await stagesAt(repo, request.revision);
  const verdicts = compareView(
    await chainsSeen({ git: repo.git, refs, means: { memory: async () => memoryOf(repo) } }),
    await linesIn(request.write && !(await isReadable(text)) ? null : text),
  );
  const remarks = await readRemarks(repo.git, refs);
  for (const verdict of verdicts) {
    const versions = [verdict.file, verdict.chain].filter((version) => version !== null);
    const found = versions.map((version) => remarks.get(nameOf({ model: verdict.model, version }))?.retracted);
    const retracted = found.find((each) => each !== null && each !== undefined);
    if (retracted) verdict.retracted = retracted;
  }
  if (!request.write) return { verdicts, written: false };
  const fresh = formatStages(await linesOf(repo, refs));
  if (fresh !== text) repo.replaceFile(repo.guard.resolveForWriting(STAGES_FILE as RepoPath), fresh);
  return { verdicts, written: fresh !== text };
}

/** What cannot be read, as after a merge with conflicts, can still be made anew. */
async function isReadable(text: string | null): Promise<boolean> {
  return readStages(text ?? "").then(
    () => true,
    (error: unknown) => {
      if (isMvgitError(error, "setting-invalid")) return false;
      throw error;
    },
  );
}

/** The lines of the file, none where there is no file. Throws `setting-invalid`. */
async function linesIn(text: string | null): Promise<StageLine[]> {
  return text === null ? [] : readStages(text);
}

/** Holds the file's lines against the chains. */
export function compareView(chains: readonly Chain[], lines: readonly StageLine[]): Verdict[] {
  const verdicts = chains.map((chain) =>
    verdictOf(
      chain,
      lines.find((line) => line.model === chain.model && line.stage === chain.stage),
    ),
  );
  const unknown = lines.filter(
    (line) =>
      line.version !== null && !chains.some((chain) => chain.model === line.model && chain.stage === line.stage),
  );
  return [
    ...verdicts,
    ...unknown.map(({ model, stage, version }): Verdict => ({
      model,
      stage,
      state: "differs",
      file: version,
      chain: null,
    })),
  ];
}

function verdictOf(chain: Chain, line: StageLine | undefined): Verdict {
  const held = heldNow(chain);
  const file = line?.version ?? null;
  const verdict = { model: chain.model, stage: chain.stage, file, chain: held };
  const problem = chain.problems[0];
  if (problem !== undefined) return { ...verdict, state: "broken", problem };
  if (file === held) return { ...verdict, state: "same" };
  // A line says after which event it was written: what that event or a later one set is an old view, all else an edit.
  const since = line === undefined ? 0 : (line.event ?? 1);
  const wasHeld = chain.events.some(({ event }) => event.number >= since && event.version === file);
  return { ...verdict, state: wasHeld || line === undefined ? "behind" : "differs" };
}

export interface ApplyRequest {
  /**
   * The revision that the edit was based on; the first parent of the commit that last changed the file when not given,
   * or all zeros.
   */
  base?: string;
  reason: string;
  commit: boolean;
}

/** What CI hands over where nothing was before. */
const NO_COMMIT = /^0{40,64}$/;

export interface ApplyReport {
  moves: MoveReport[];
  /** What was not applied, and why. */
  left: string[];
}

/**
 * Makes the events for what HEAD's file says and its base did not. An edit whose base is not what the stage holds now
 * was reviewed against another state: `stage-moved`, and nothing is applied. Throws `label-unknown` where HEAD has no
 * file, and for single moves what `promote` and `rollback` throw.
 */
export async function applyStages(repo: Repo, request: ApplyRequest): Promise<ApplyReport> {
  const text = await stagesAt(repo, "HEAD");
  if (text === null)
    throw new MvgitError("label-unknown", `HEAD has no '${STAGES_FILE}'`, {
      subject: STAGES_FILE,
      hint: "the first 'mvgit promote' makes it",
    });
  if (readView(repo) !== text)
    repo.watch.note(`'${STAGES_FILE}' has changes that are not committed; what HEAD has counts`);
  const base = await stagesAt(
    repo,
    request.base === undefined || NO_COMMIT.test(request.base) ? await baseOfLastEdit(repo) : request.base,
  );
  const before = await linesIn(base);
  const edits = (await readStages(text)).filter((line) => (find(before, line)?.version ?? null) !== line.version);
  const verdicts = compareView(await readChains(repo.git, await repo.git.refs()), await readStages(text));
  const report: ApplyReport = { moves: [], left: [] };
  const wanted: StageLine[] = [];
  for (const line of edits) {
    const verdict = verdicts.find((each) => each.model === line.model && each.stage === line.stage);
    if (verdict?.state === "same")
      report.left.push(`${stageName(line)} is ${versionWord(line.version, "nothing")} already`);
    else if (verdict && verdict.chain !== (find(before, line)?.version ?? null))
      throw stale(line, verdict, find(before, line)?.version ?? null);
    else wanted.push(line);
  }
  for (const line of wanted) report.moves.push(await applyOne(repo, line, request));
  return report;
}

function find(lines: readonly StageLine[], { model, stage }: StageLine): StageLine | undefined {
  return lines.find((line) => line.model === model && line.stage === stage);
}

function stale(line: StageLine, verdict: Verdict, base: number | null): MvgitError {
  const [wanted, was, is] = [line.version, base, verdict.chain].map((version) => versionWord(version, "nothing"));
  return new MvgitError(
    "stage-moved",
    `cannot apply ${stageName(line)}: ${wanted}, since it was reviewed when ${was} was there, and now ${is} is`,
    {
      subject: stageName(line),
      hint: prose`bring '${STAGES_FILE}' up to date with 'mvgit stage check --write', make the edit anew, and have
          it reviewed`,
    },
  );
}

function applyOne(
  repo: Repo,
  { model, stage, version }: StageLine,
  { reason, commit }: ApplyRequest,
): Promise<MoveReport> {
  if (version === null) return rollback(repo, { model, stage, to: "none", reason, commit });
  return promote(repo, { label: `${model}@v${version}`, stage, reason, commit });
}

/**
 * The commit before the one that last changed the file, along first parents; the root of history has nothing before it.
 */
async function baseOfLastEdit(repo: Repo): Promise<string> {
  const { stdout } = await repo.git.run([
    "rev-list",
    "-1",
    "--first-parent",
    "--format=%H %P",
    "HEAD",
    "--",
    `:(top,literal)${STAGES_FILE}`,
  ]);
  const [, line = ""] = stdout.toString("latin1").split("\n");
  const [commit = "", parent] = line.split(" ");
  return parent ?? `${commit}^{tree}`;
}
