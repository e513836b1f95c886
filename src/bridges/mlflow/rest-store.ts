/** MLflow's tracking server, read through its REST API. What it answers is hostile until checked. */
import { isAbsolute } from "node:path";
import { writeStream } from "../../base/disk.ts";
import { MvgitError } from "../../base/errors.ts";
import { readBody } from "../../base/http.ts";
import { display } from "../../base/paths.ts";
import { integer, items, part, text } from "../../mlflow/answers.ts";
import type { Curve } from "../../mlflow/state.ts";
import { openLocal } from "./local-artifacts.ts";
import { experimentOf, partsOfRun, toPoint, toRun, toVersion } from "./rest-answers.ts";
import { listFiles, type TakeLocal } from "./rest-artifacts.ts";
import { RestClient, type RestOptions, understood } from "./rest-client.ts";
import {
  curveOf,
  type MlflowSource,
  type SourceFile,
  type SourceFiles,
  type SourceModel,
  type SourceRun,
  type SourceVersion,
} from "./source.ts";

/** Bytes that are read of what is said instead of an artifact. */
const LONGEST_REFUSAL = 64 * 1024 * 1024;

/**
 * A tracking server as a source, asked by MLflow's REST API. Throws `remote-unavailable` for answers that are none,
 * `remote-stalled` for silence, `access-denied`, and the signal's reason.
 */
export class RestStore implements MlflowSource {
  readonly #client: RestClient;
  readonly #experiments = new Map<string, string>();
  readonly #takeLocal: TakeLocal;

  /**
   * `takeLocal`: for a server on this machine, which would read any file for whoever wrote its database. Throws `usage`
   * for what is no address.
   */
  constructor(address: string, { takeLocal = () => false, ...options }: RestOptions & { takeLocal?: TakeLocal }) {
    this.#takeLocal = takeLocal;
    this.#client = new RestClient(address, options);
  }

  models(): Promise<SourceModel[]> {
    return understood(() => this.#models());
  }

  runs(experiment: string | null): Promise<string[] | null> {
    return understood(() => this.#runs(experiment));
  }

  run(id: string): Promise<SourceRun | null> {
    return understood(() => this.#run(id));
  }

  files(run: SourceRun | null, version: SourceVersion | null): Promise<SourceFiles> {
    return understood(() => listFiles(this.#client, { run, version }, this.#takeLocal));
  }

  async #models(): Promise<SourceModel[]> {
    const models: SourceModel[] = [];
    for (const each of await this.#client.pages(
      "GET",
      "registered-models/search",
      { max_results: "100" },
      "registered_models",
    )) {
      const name = text(each, "name");
      const filter = `name=${name.includes("'") ? `"${name}"` : `'${name}'`}`;
      const versions = (
        await this.#client.pages("GET", "model-versions/search", { filter, max_results: "1000" }, "model_versions")
      ).map(toVersion);
      const aliases = items(each, "aliases").map((alias) => ({
        alias: text(alias, "alias"),
        version: integer(alias, "version", 0),
      }));
      models.push({
        name,
        updated: integer(each, "last_updated_timestamp", 0),
        aliases,
        versions: versions
          .filter((version) => version.name === name && version.version > 0)
          .toSorted((a, b) => a.version - b.version),
      });
    }
    return models;
  }

  async #runs(experiment: string | null): Promise<string[] | null> {
    const all = await this.#client.pages("POST", "experiments/search", { max_results: 1000 }, "experiments");
    const ids = all
      .filter((each) => experiment === null || text(each, "name") === experiment)
      .map((each) => text(each, "experiment_id"));
    if (experiment !== null && ids.length === 0) return null;
    const runs =
      ids.length === 0
        ? []
        : await this.#client.pages(
            "POST",
            "runs/search",
            { experiment_ids: ids, max_results: 1000, order_by: ["attributes.start_time ASC"] },
            "runs",
          );
    return runs.map((run) => text(part(run, "info"), "run_id", ""));
  }

  async #run(id: string): Promise<SourceRun | null> {
    const answer = id === "" ? null : await this.#client.ask("GET", "runs/get", { run_id: id });
    if (answer === null) return null;
    const parts = partsOfRun(answer);
    if (text(parts.info, "lifecycle_stage", "active") === "deleted") return null;
    const metrics = new Map<string, Curve>();
    for (const key of items(parts.data, "metrics").map((each) => text(each, "key"))) {
      const query = { run_id: id, metric_key: key, max_results: "25000" };
      const points = await this.#client.pages("GET", "metrics/get-history", query, "metrics");
      const curve = curveOf(points.map(toPoint));
      if (curve !== null) metrics.set(key, curve);
    }
    return toRun(id, parts, { experiment: await this.#experimentName(experimentOf(parts.info)), metrics });
  }

  async #experimentName(id: string): Promise<string> {
    const known = this.#experiments.get(id);
    if (known !== undefined) return known;
    const name = text(
      part((await this.#client.ask("GET", "experiments/get", { experiment_id: id })) ?? {}, "experiment"),
      "name",
      id,
    );
    this.#experiments.set(id, name);
    return name;
  }

  async fetch(file: SourceFile, temporary: string): Promise<string> {
    if (isAbsolute(file.at)) return openLocal(file);
    const answer = await this.#client.open(file.at);
    if (answer.status !== 200) {
      await readBody(answer, LONGEST_REFUSAL);
      throw new MvgitError(
        "blob-missing",
        `'${display(file.path)}' could not be had from the tracking server (HTTP ${answer.status})`,
        { subject: display(file.path) },
      );
    }
    await writeStream(temporary, answer.body);
    return temporary;
  }
}
