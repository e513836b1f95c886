/** What `run` and `save` answer. */
import { andMore } from "../../base/counts.ts";
import type { MvgitError } from "../../base/errors.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { hostOf } from "../../git/host.ts";
import type { Oid } from "../../git/reader.ts";
import type { Hash } from "../../values/hash.ts";
import { curvesPath, type Package, packagePath } from "../../values/package.ts";
import { pointerPathOf } from "../../values/pointer.ts";
import { runsPath } from "../../values/recorded-runs.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Summary } from "../../registry/summary.ts";
import { nameOf } from "../../registry/versions.ts";
import { summaryOf } from "./message.ts";
import type { Recorded } from "./record.ts";
import type { LeftOut } from "./snapshot.ts";
import { takenFromGit, takenNote } from "../run/taken-from-git.ts";
import { outputsOf } from "../run/outcome/unnamed.ts";

export interface VersionReport {
  /** `MODEL@vN`; null when no version was made. */
  label: string | null;
  commit: Oid | null;
  packageHash: Hash | null;
  package: Package | null;
  summary: Summary | null;
  /** Files that are too large for Git and are not part of the version. */
  leftOut: LeftOut[];
  /** Files that Git kept until now, and whose bytes the store keeps from this version on. */
  takenFromGit: RepoPath[];
  /** Of the program; 0 where none was run. */
  status: number;
  /** Why no version was made. */
  failure: MvgitError | null;
  /** Where what the program wrote to MVGIT_LOG is kept; null when there is none. */
  log: string | null;
  /** The version's commit is on the branch; else beside it, and its tag holds it. False when no version was made. */
  onBranch: boolean;
  /** The run as `mvgit runs` lists it; null when there is nothing to list. */
  run: string | null;
}

/** For a run of which no version was made. */
export function failedReport(
  failure: MvgitError,
  { status, log, run }: { status: number; log: string | null; run: string },
): VersionReport {
  return {
    label: null,
    commit: null,
    packageHash: null,
    package: null,
    summary: null,
    leftOut: [],
    takenFromGit: [],
    status,
    failure,
    log,
    onBranch: false,
    run,
  };
}

/** Tells on stderr what the package notes, and what the command changed of the tree that it began with. */
export async function reportOf(repo: Repo, recorded: Recorded, { onBranch = true } = {}): Promise<VersionReport> {
  const { pack, commit, packageHash, leftOut } = recorded;
  for (const note of pack.notes) repo.watch.warn(note);
  const taken = await takenFromGit(repo, commit, pack);
  const takenLine = takenNote(taken);
  if (takenLine !== null) repo.watch.note(takenLine);
  if (pack.run !== null) for (const line of rewritten(pack)) repo.watch.note(line);
  if (!onBranch)
    repo.watch.note(
      `${nameOf(pack)} is on a commit beside the branch, which its tag holds: 'git merge ${nameOf(pack)}' ` +
        `brings it here, 'git push ${display((await hostOf(repo.git)) ?? "origin")} ${nameOf(pack)}' gives it ` +
        "to others",
    );
  return {
    label: nameOf(pack),
    commit,
    packageHash,
    package: pack,
    summary: await summaryOf(repo, pack),
    leftOut,
    takenFromGit: taken,
    status: 0,
    failure: null,
    log: null,
    onBranch,
    run: null,
  };
}

/** Files that Git keeps, were there before, and were written by the command or by somebody meanwhile. */
function rewritten(pack: Package): string[] {
  const { model, code, weights, data, sources } = pack;
  // What is tracked without a name is ignored by mvgit itself, after the command.
  const ignores = outputsOf(pack).map((path) => `${path.slice(0, path.lastIndexOf("/") + 1)}.gitignore`);
  const own = new Set<string>([
    packagePath(model),
    curvesPath(model),
    runsPath(model),
    "mlflow/.gitignore",
    ...ignores,
    ...[...weights, ...data].map((each) => pointerPathOf(each.path)),
    ...sources.metrics,
  ]);
  const paths = code.outputs
    .filter((each) => each.before !== null && !own.has(each.path))
    .map((each) => `'${display(each.path)}'`);
  if (paths.length === 0) return [];
  return [
    `changed while the command ran: ${paths.slice(0, 10).join(", ")}${andMore(paths.length - 10)}; the ` +
      ("version " + "keeps both what it began with and what is there now"),
  ];
}
