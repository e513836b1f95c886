/**
 * `mvgit import mlflow`: registered models, or runs, of MLflow become versions and stages. The work tree is not
 * touched.
 */
import { formatCount } from "../../base/counts.ts";
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { createTag } from "../../git/tags.ts";
import type { FolderSummary } from "../../values/manifest-io.ts";
import { type ModelName, versionRef } from "../../values/label.ts";
import { formatEvent } from "../../values/tag-message.ts";
import type { MlflowSource } from "./source.ts";
import { holdBlobs } from "../../repo/leases.ts";
import type { Repo } from "../../repo/repo.ts";
import { heldNow, readChain, stageName } from "../../registry/chain.ts";
import { nameOf, openVersion, readVersions, type Version, versionRefs } from "../../registry/versions.ts";
import { numbersHere } from "../../versions/making.ts";
import { miss, takeFiles } from "./import-bytes.ts";
import { withSource } from "./import-open.ts";
import { type Left, planImport, type StageWish, type Wanted } from "./import-plan.ts";
import { makeVersion, originOf } from "./import-version.ts";
import { type Imported, newImported, totalsOf } from "../report.ts";
import { whileNumbering } from "../../repo/locks.ts";

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

interface MovedStage {
  /** `MODEL#STAGE`. */
  stage: string;
  version: number;
  /** As MLflow calls it. */
  what: string;
  /** Number of the event; null in a dry run. */
  event: number | null;
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
    const work = new MlflowImport(repo, opened.source, request);
    return await whileNumbering(repo, async () => {
      await work.look();
      for (const wanted of plan.wanted) await work.take(wanted);
      for (const wish of plan.stages) await work.move(wish);
      const imported = [...work.imported, ...plan.left.map(leftOut)];
      return {
        dryRun: request.dryRun,
        imported,
        totals: totalsOf(imported),
        stages: work.stages,
        notes: [...opened.notes(), ...work.notes],
      };
    });
  });
}

function leftOut({ name, reason, refused }: Left): Imported {
  return { ...newImported(name, name, ""), what: refused ? "refused" : "skipped", reason };
}

class MlflowImport {
  readonly imported: Imported[] = [];
  readonly stages: MovedStage[] = [];
  readonly notes: string[] = [];
  readonly #repo: Repo;
  readonly #source: MlflowSource;
  readonly #request: ImportMlflowRequest;
  /** Versions by what in MLflow they were made of, and of each model the newest of them. */
  readonly #done = new Map<string, Version>();
  readonly #newest = new Map<string, Version>();
  readonly #taken = new Set<string>();
  /** Of a dry run: versions that would be made. */
  readonly #planned = new Map<string, number>();
  /** Models whose numbers in history are in `#taken`. */
  readonly #known = new Set<ModelName>();

  constructor(repo: Repo, source: MlflowSource, request: ImportMlflowRequest) {
    this.#repo = repo;
    this.#source = source;
    this.#request = request;
  }

  /** Finds what earlier imports made. */
  async look(): Promise<void> {
    const refs = versionRefs(await this.#repo.git.refs());
    for (const ref of refs) this.#taken.add(versionRef(ref.model, ref.version));
    for await (const reading of readVersions(this.#repo.git, refs))
      if (reading.kind === "version") this.#remember(reading.version);
  }

  #remember(version: Version): void {
    const origin = version.pack.environment["mlflow"];
    if (origin === null || typeof origin !== "object" || Array.isArray(origin)) return;
    this.#done.set(keyOf(version.pack.model, origin), version);
    if ((this.#newest.get(version.model)?.version ?? 0) < version.version) this.#newest.set(version.model, version);
  }

  async take(wanted: Wanted): Promise<void> {
    const key = keyOf(wanted.model, originOf(wanted));
    const known = this.#done.get(key);
    if (known === undefined) await this.#know(wanted.model);
    const number = known?.version ?? this.#freeNumber(wanted);
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

  #plan(key: string, { wanted, number, entry }: { wanted: Wanted; number: number; entry: Imported }): void {
    entry.taken = { files: entry.files ?? 0, bytes: entry.size };
    if (entry.files === 0 && entry.missingFiles === 0) entry.reason = "without artifacts";
    this.#taken.add(versionRef(wanted.model, number));
    this.#planned.set(key, number);
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
        before: this.#newest.get(wanted.model) ?? null,
        notes,
      });
      const version = await openVersion(this.#repo.git, { model: wanted.model, version: number, oid: tag, commit });
      entry.hash = version.packageHash;
      entry.what = "taken";
      this.#taken.add(versionRef(wanted.model, number));
      this.#remember(version);
    } finally {
      lease?.release();
    }
  }

  /** Numbers whose tags are gone are not free either. */
  async #know(model: ModelName): Promise<void> {
    if (this.#known.has(model)) return;
    this.#known.add(model);
    for (const number of await numbersHere(this.#repo, model)) this.#taken.add(versionRef(model, number));
  }

  /** MLflow's own number where it is free, else the next of the model. */
  #freeNumber({ model, number }: Wanted): number {
    if (number !== null && number > 0 && !this.#taken.has(versionRef(model, number))) return number;
    const prefix = versionRef(model, 1).slice(0, -1);
    const next =
      1 +
      [...this.#taken].reduce(
        (most, ref) => (ref.startsWith(prefix) ? Math.max(most, Number(ref.slice(prefix.length))) : most),
        0,
      );
    if (number !== null)
      this.notes.push(
        `version ${number} in MLflow is ${nameOf({ model, version: next })} here, since that number is taken`,
      );
    return next;
  }

  /** Adds an event unless the stage held the version before: what people moved since is theirs. */
  async move({ model, stage, number, time, what }: StageWish): Promise<void> {
    const found = [...this.#done].find(
      ([, { pack }]) => pack.model === model && isVersion(pack.environment["mlflow"], number),
    )?.[1];
    const planned = [...this.#planned].find(
      ([key]) => key.startsWith(`${model}\0`) && key.endsWith(`\0${number}`),
    )?.[1];
    if (found === undefined) {
      if (planned !== undefined)
        this.stages.push({ stage: stageName({ model, stage }), version: planned, what, event: null });
      else
        this.notes.push(
          `${stageName({ model, stage })} was not set: version ${number} of MLflow's ${display(what)} is not here`,
        );
      return;
    }
    const chain = await readChain(this.#repo.git, await this.#repo.git.refs(), { model, stage });
    if (chain?.events.some(({ event }) => event.version === found.version)) return;
    if (chain !== null && !chain.events.every(({ event }) => event.reason.startsWith(REASON))) {
      this.notes.push(`${stageName({ model, stage })} was left as it is: it was moved by mvgit already`);
      return;
    }
    const last = chain?.events.at(-1) ?? null;
    const event = {
      model,
      stage,
      number: (last?.event.number ?? 0) + 1,
      version: found.version,
      before: chain === null ? null : heldNow(chain),
      package: found.packageHash,
      previous: last?.oid ?? null,
      reason: `${REASON}${what}`,
    };
    this.stages.push({
      stage: stageName({ model, stage }),
      version: found.version,
      what,
      event: this.#request.dryRun ? null : event.number,
    });
    if (this.#request.dryRun) return;
    const when = Math.floor((time || Date.parse(found.pack.time)) / 1000);
    const git = this.#repo.git.authoredBy({ name: "mvgit", email: "", time: when, zone: "+0000" }, { dated: true });
    await createTag(git, `${stageName({ model, stage })}#${event.number}`, {
      commit: found.commit,
      message: formatEvent(event),
    });
  }
}

const REASON = "imported from MLflow: ";

function keyOf(model: string, origin: { [key: string]: unknown }): string {
  const text = (key: string): string => (origin[key] === undefined ? "" : String(origin[key]));
  return [model, text("run"), text("model"), text("version")].join("\0");
}

function isVersion(origin: unknown, number: number): boolean {
  return origin !== null && typeof origin === "object" && (origin as Record<string, unknown>)["version"] === number;
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
