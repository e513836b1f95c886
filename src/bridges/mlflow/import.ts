/**
 * `mvgit import mlflow`: registered models, or runs, of MLflow become versions and stages. The work tree is not
 * touched.
 */
import { formatCount } from "../../base/counts.ts";
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import type { FolderSummary } from "../../values/manifest-io.ts";
import type { MlflowSource } from "./source.ts";
import { holdBlobs } from "../../repo/leases.ts";
import type { Repo } from "../../repo/repo.ts";
import { nameOf, openVersion } from "../../registry/versions.ts";
import { miss, takeFiles } from "./import-bytes.ts";
import { ImportedBefore, keyOf } from "./imported-before.ts";
import { type MovedStage, StageMoves } from "./import-stages.ts";
import { withSource } from "./import-open.ts";
import { type Left, planImport, type Wanted } from "./import-plan.ts";
import { makeVersion, originOf } from "./import-version.ts";
import { type Imported, newImported, totalsOf } from "../report.ts";
import { whileNumbering } from "../../repo/locks.ts";
import { numbersGiven } from "../../versions/making.ts";

export interface ImportMlflowRequest {
  /** A folder, a SQLite file, or an address. */
  from: string;
  /** Runs instead of registered models; those of the named experiments, or of all. */
  runs: boolean;
  experiments: readonly string[];
  /** Also versions of which artifacts are missing. */
  partial: boolean;
  dryRun: boolean;
}

export interface ImportMlflowReport {
  dryRun: boolean;
  imported: Imported[];
  totals: ReturnType<typeof totalsOf>;
  stages: MovedStage[];
  notes: string[];
}

/** Each version that is made stands at once, so that an import which was stopped goes on where it was. */
export async function importMlflow(repo: Repo, request: ImportMlflowRequest): Promise<ImportMlflowReport> {
  return withSource(repo, request.from, async (opened) => {
    const plan = await planImport(
      opened.source,
      request.runs || request.experiments.length > 0 ? request.experiments : null,
    );
    return await whileNumbering(repo, async () => {
      const models = [...new Set(plan.wanted.map(({ model }) => model))];
      const before = await ImportedBefore.in(repo, () =>
        numbersGiven(repo, models, { wanted: "all", dryRun: request.dryRun }),
      );
      const work = new MlflowImport(repo, opened.source, { request, before });
      for (const wanted of plan.wanted) await work.take(wanted);
      const moves = new StageMoves(repo, before, request);
      for (const wish of plan.stages) await moves.move(wish);
      const imported = [...work.imported, ...plan.left.map(leftOut)];
      return {
        dryRun: request.dryRun,
        imported,
        totals: totalsOf(imported),
        stages: moves.made,
        notes: [...opened.notes(), ...work.notes, ...moves.notes],
      };
    });
  });
}

function leftOut({ name, reason, refused }: Left): Imported {
  return { ...newImported(name, name, ""), what: refused ? "refused" : "skipped", reason };
}

/** Takes what is wanted, one version after the other. */
class MlflowImport {
  readonly imported: Imported[] = [];
  readonly notes: string[] = [];
  readonly #repo: Repo;
  readonly #source: MlflowSource;
  readonly #request: ImportMlflowRequest;
  readonly #before: ImportedBefore;

  constructor(
    repo: Repo,
    source: MlflowSource,
    { request, before }: { request: ImportMlflowRequest; before: ImportedBefore },
  ) {
    this.#repo = repo;
    this.#source = source;
    this.#request = request;
    this.#before = before;
  }

  async take(wanted: Wanted): Promise<void> {
    const key = keyOf(wanted.model, originOf(wanted));
    const known = this.#before.get(key);
    const number = known?.version ?? (await this.#freeNumber(wanted));
    const entry = newImported(
      nameOf({ model: wanted.model, version: number }),
      wanted.version?.name ?? wanted.run?.experiment ?? "",
      wanted.run?.id ?? "",
    );
    this.imported.push(entry);
    if (known !== undefined) {
      entry.what = "unchanged";
      return;
    }
    const { files, missing } = await this.#source.files(wanted.run, wanted.version);
    for (const each of missing) miss(entry, each, each);
    Object.assign(entry, { size: files.reduce((sum, { size }) => sum + size, 0), files: files.length });
    if (this.#request.dryRun) return this.#plan(key, { wanted, number, entry });
    const folder = await takeFiles(this.#repo, this.#source, { files, entry });
    if (entry.missingFiles > 0 && !this.#request.partial) return;
    await this.#make({ wanted, number, folder, entry });
  }

  /** MLflow's own number where it is free, else the next of the model. */
  async #freeNumber({ model, number }: Wanted): Promise<number> {
    const free = await this.#before.freeNumber(model, number);
    if (number !== null && free !== number)
      this.notes.push(
        `version ${number} in MLflow is ${nameOf({ model, version: free })} here, since that number is taken`,
      );
    return free;
  }

  #plan(key: string, { wanted, number, entry }: { wanted: Wanted; number: number; entry: Imported }): void {
    entry.taken = { files: entry.files ?? 0, bytes: entry.size };
    if (entry.files === 0 && entry.missingFiles === 0) entry.reason = "without artifacts";
    this.#before.plan(key, { model: wanted.model, version: number });
  }

  async #make({
    wanted,
    number,
    folder,
    entry,
  }: {
    wanted: Wanted;
    number: number;
    folder: FolderSummary | null;
    entry: Imported;
  }): Promise<void> {
    const notes = [
      ...(wanted.run === null ? ["the run that it was made by is not in MLflow any more"] : []),
      ...(folder === null ? ["MLflow had no artifacts of it: this version has no weights"] : []),
      ...entry.missing.map(({ path }) => `missing when it was imported: ${path}`),
    ];
    if (folder === null && entry.missingFiles === 0) entry.reason = "without artifacts";
    if (entry.missing.length > 0) {
      const few = entry.missing
        .slice(0, 3)
        .map(({ path }) => display(path))
        .join("; ");
      const more = entry.missingFiles > 3 ? `; and ${formatCount(entry.missingFiles - 3)} more` : "";
      this.notes.push(`${entry.path} is made without what could not be had: ${few}${more}`);
    }
    const lease = folder === null ? null : holdBlobs(this.#repo, [folder.root]);
    try {
      const { commit, tag } = await makeVersion(this.#repo, {
        wanted,
        number,
        folder,
        before: this.#before.newestOf(wanted.model),
        notes,
      });
      const version = await openVersion(this.#repo.git, { model: wanted.model, version: number, oid: tag, commit });
      entry.hash = version.packageHash;
      entry.what = "taken";
      this.#before.add(version);
    } finally {
      lease?.release();
    }
  }
}

/** One failure for each version that was not made though it should have been. */
export function mlflowFailures({ imported }: ImportMlflowReport): MvgitError[] {
  return imported.flatMap(({ path, what, reason, missing, missingFiles }) => {
    const name = display(path);
    if (what === "refused")
      return [new MvgitError("cannot-add", `cannot import '${name}': ${display(reason ?? "")}`, { subject: name })];
    if (what !== "missing") return [];
    const first = missing[0]?.path ?? "";
    return [
      new MvgitError(
        "blob-missing",
        `cannot import '${name}': ${missingFiles} of its artifacts could not be had, such as ${display(first)}`,
        { subject: name, hint: "make them reachable and run the import again, or take it without them: '--partial'" },
      ),
    ];
  });
}
