/** MLflow's file store (`mlruns/`), read as hostile text: bounded, and never through a link or out of its folder. */
import * as fs from "node:fs";
import { join } from "node:path";
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { collectLocal, localPath, openLocal } from "./local-artifacts.ts";
import { type Meta, number, RunFolders, text } from "./run-folders.ts";
import { FolderNames } from "../../mlflow/names.ts";
import {
  type MlflowSource,
  type SourceFile,
  type SourceFiles,
  type SourceModel,
  type SourceRun,
  type SourceVersion,
} from "./source.ts";

/** Names of folders that MLflow gives. */
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * A folder `mlruns` as a source: experiments, runs and models as MLflow's own file store writes them. Links are left
 * out and noted. Throws `usage` for a document that cannot be read.
 */
export class FileStore implements MlflowSource {
  readonly #folder: RunFolders;
  /** Names by id of the folder. */
  #experiments: Map<string, string> | null = null;

  private constructor(folder: RunFolders) {
    this.#folder = folder;
  }

  /** What was left out because it is a link. */
  notes(): string[] {
    return [...this.#folder.links].map(
      (path) => `'${path}' in '${this.#folder.root}' is a symbolic link, or lies behind one: it was not read`,
    );
  }

  /** `folder`: `mlruns`, or the folder that it is in. Throws `usage` for what is no file store. */
  static open(folder: string): FileStore {
    for (const each of [folder, join(folder, "mlruns")].filter((name) => fs.existsSync(name))) {
      const store = new FileStore(new RunFolders(each));
      if (
        store.#folder.subfolders("").some((name) => name === "models" || store.#folder.isFile(join(name, "meta.yaml")))
      )
        return store;
    }
    throw new MvgitError("usage", `'${display(folder)}' holds no runs of MLflow`, {
      subject: display(folder),
      hint: "name the folder 'mlruns', a file 'mlflow.db', or the address of a tracking server",
    });
  }

  async #names(): Promise<Map<string, string>> {
    if (this.#experiments !== null) return this.#experiments;
    const names = new Map<string, string>();
    for (const id of this.#folder.subfolders("").filter((name) => ID.test(name) && name !== "models")) {
      const meta = await this.#folder.readMeta(id);
      if (meta !== null && text(meta, "lifecycle_stage") !== "deleted") names.set(id, text(meta, "name"));
    }
    return (this.#experiments = names);
  }

  async models(): Promise<SourceModel[]> {
    const folder = "models";
    const models: SourceModel[] = [];
    for (const name of this.#folder.subfolders(folder)) {
      const meta = await this.#folder.readMeta(join(folder, name));
      if (meta === null) continue;
      const versions: SourceVersion[] = [];
      for (const each of this.#folder
        .subfolders(join(folder, name))
        .filter((inner) => /^version-[0-9]{1,9}$/.test(inner))) {
        const version = await this.#folder.readMeta(join(folder, name, each));
        if (version !== null && text(version, "current_stage") !== "Deleted_Internal")
          versions.push(toVersion(version, text(meta, "name") || name));
      }
      const aliases = this.#folder
        .files(join(folder, name, "aliases"))
        .map((alias) => ({ alias, version: Number(this.#folder.readText(join(folder, name, "aliases", alias))) }))
        .filter(({ version }) => version > 0);
      models.push({
        name: text(meta, "name") || name,
        updated: number(meta, "last_updated_timestamp"),
        versions: versions.toSorted((a, b) => a.version - b.version),
        aliases,
      });
    }
    return models;
  }

  async runs(experiment: string | null): Promise<string[] | null> {
    const ids = [...(await this.#names())]
      .filter(([, name]) => experiment === null || name === experiment)
      .map(([id]) => id);
    if (experiment !== null && ids.length === 0) return null;
    const found: { id: string; start: number }[] = [];
    for (const id of ids) {
      for (const run of this.#folder.subfolders(id).filter(isRunId)) {
        const meta = await this.#folder.readMeta(join(id, run));
        if (meta !== null && text(meta, "lifecycle_stage") !== "deleted")
          found.push({ id: run, start: number(meta, "start_time") });
      }
    }
    return found.toSorted((a, b) => a.start - b.start).map(({ id }) => id);
  }

  async run(id: string): Promise<SourceRun | null> {
    if (!isRunId(id)) return null;
    for (const [experimentId, experiment] of await this.#names()) {
      const folder = join(experimentId, id);
      const meta = await this.#folder.readMeta(folder);
      if (meta === null || text(meta, "lifecycle_stage") === "deleted") continue;
      const values = (kind: string): Map<string, string> =>
        new Map(
          this.#folder.walk(join(folder, kind)).map((path) => [path, this.#folder.readText(join(folder, kind, path))]),
        );
      const metrics = this.#folder
        .walk(join(folder, "metrics"))
        .map((path) => [path, this.#folder.readCurve(join(folder, "metrics", path))] as const);
      const tags = values("tags");
      return {
        id,
        experiment,
        experimentId,
        name: tags.get("mlflow.runName") || text(meta, "run_name") || id,
        user: text(meta, "user_id"),
        status: STATUS[number(meta, "status")] ?? text(meta, "status"),
        start: number(meta, "start_time"),
        end: number(meta, "end_time") || null,
        params: values("params"),
        tags,
        metrics: new Map(metrics.flatMap(([name, curve]) => (curve === null ? [] : [[name, curve]]))),
        datasets: await this.#datasets(experimentId, folder),
        models: this.#folder.subfolders(join(folder, "outputs")).filter((each) => ID.test(each)),
        artifacts: text(meta, "artifact_uri"),
      };
    }
    return null;
  }

  async #datasets(experiment: string, run: string): Promise<SourceRun["datasets"]> {
    const found: SourceRun["datasets"] = [];
    for (const input of this.#folder.subfolders(join(run, "inputs"))) {
      const meta = await this.#folder.readMeta(join(run, "inputs", input));
      const id = meta === null ? "" : text(meta, "source_id");
      const dataset = ID.test(id) ? await this.#folder.readMeta(join(experiment, "datasets", id)) : null;
      if (meta === null || dataset === null) continue;
      const tags = meta.get("tags");
      const context = tags instanceof Map ? tags.get("mlflow.data.context") : "";
      found.push({
        name: text(dataset, "name"),
        digest: text(dataset, "digest"),
        type: text(dataset, "source_type"),
        context: typeof context === "string" ? context : "",
      });
    }
    return found;
  }

  async files(run: SourceRun | null, version: SourceVersion | null): Promise<SourceFiles> {
    const result: SourceFiles = { files: [], missing: [] };
    if (run !== null)
      this.#collect(result, {
        folder: join(run.experimentId, run.id, "artifacts"),
        uri: run.artifacts,
        to: "artifacts",
      });
    const ids = new Set([...(run?.models ?? []), ...(version === null || version.model === "" ? [] : [version.model])]);
    const names = new FolderNames();
    for (const id of ids) {
      const folder = this.#modelFolder(id);
      const meta = folder === null ? null : await this.#folder.readMeta(folder);
      if (folder === null || meta === null) result.missing.push(`the logged model ${id}`);
      else
        this.#collect(result, {
          folder: join(folder, "artifacts"),
          uri: text(meta, "artifact_location"),
          to: `models/${names.take(text(meta, "name"), id)}`,
        });
    }
    if (version !== null && version.model === "" && !isInside(version.source, run?.artifacts))
      this.#collect(result, { folder: null, uri: version.source, to: "models/registered" });
    return result;
  }

  #modelFolder(id: string): string | null {
    if (!ID.test(id)) return null;
    const experiment = this.#folder
      .subfolders("")
      .find((each) => this.#folder.subfolders(join(each, "models")).includes(id));
    return experiment === undefined ? null : join(experiment, "models", id);
  }

  /** `folder` is where it stands by MLflow's layout, also when all of it was moved; `uri` what MLflow wrote down. */
  #collect(result: SourceFiles, { folder, uri, to }: { folder: string | null; uri: string; to: string }): void {
    const named = localPath(uri);
    const places = [...(folder === null ? [] : [join(this.#folder.root, folder)]), ...(named === null ? [] : [named])];
    const found = collectLocal(result, { roots: [this.#folder.root], places, to });
    // A run that logged no file has no folder, or an empty one.
    if (!found && (named === null || folder === null))
      result.missing.push(`'${uri.slice(0, 500)}' cannot be read as files`);
  }

  async fetch(file: SourceFile): Promise<string> {
    return openLocal(file);
  }
}

const STATUS: Readonly<Record<number, string>> = {
  1: "RUNNING",
  2: "SCHEDULED",
  3: "FINISHED",
  4: "FAILED",
  5: "KILLED",
};

function isRunId(name: string): boolean {
  return /^[0-9a-f]{32}$/.test(name);
}

function isInside(source: string, artifacts: string | undefined): boolean {
  return (
    source === "" ||
    (artifacts !== undefined && artifacts !== "" && (source === artifacts || source.startsWith(`${artifacts}/`)))
  );
}

function toVersion(meta: Meta, name: string): SourceVersion {
  const source = text(meta, "source");
  return {
    name,
    version: number(meta, "version"),
    run: text(meta, "run_id"),
    model: text(meta, "model_id") || (/^models:\/(m-[0-9a-f]+)$/.exec(source)?.[1] ?? ""),
    source,
    created: number(meta, "creation_timestamp"),
    updated: number(meta, "last_updated_timestamp"),
    description: text(meta, "description"),
    stage: text(meta, "current_stage"),
  };
}
