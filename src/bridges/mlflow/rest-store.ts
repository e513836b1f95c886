/** MLflow's tracking server, read through its REST API. What it answers is hostile until checked. */
import { isAbsolute } from "node:path";
import { writeStream } from "../../base/disk.ts";
import { showAddress } from "../../base/address.ts";
import { MvgitError } from "../../base/errors.ts";
import { type HttpAnswer, HttpClient, readBody } from "../../base/http.ts";
import { display, pathProblem } from "../../base/paths.ts";
import { proxyFor } from "../../base/proxy.ts";
import { parseLooseJson } from "../../values/recorded-values.ts";
import { type Body, integer, items, metricValue, part, Refusal, text } from "../../mlflow/answers.ts";
import { openLocal } from "./local-artifacts.ts";
import { FolderNames } from "../../mlflow/names.ts";
import {
  curveOf,
  type MlflowSource,
  type SourceFile,
  type SourceFiles,
  type SourceModel,
  type SourceRun,
  type SourceVersion,
} from "./source.ts";
import type { Curve, Point } from "../../mlflow/state.ts";

/** Bytes of an answer that is no artifact; pages of a list; levels of folders. */
const MOST = { answer: 64 * 1024 * 1024, pages: 10_000, depth: 64 };
/** Milliseconds without a byte. */
const PATIENCE = 60_000;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Lists artifacts that are files of this machine, which the server must not be asked for; false for what it may be
 * asked for.
 */
export type TakeLocal = (result: SourceFiles, artifacts: { uri: string; to: string }) => boolean;

export class RestStore implements MlflowSource {
  readonly #base: string;
  readonly #client: HttpClient;
  readonly #headers: Record<string, string>;
  readonly #experiments = new Map<string, string>();
  readonly #takeLocal: TakeLocal;

  /**
   * `takeLocal`: for a server on this machine, which would read any file for whoever wrote its database. Credentials
   * come from MLflow's own variables, or from the address. Throws `usage` for what is no address.
   */
  constructor(
    address: string,
    { env, signal, takeLocal = () => false }: { env: Environment; signal: AbortSignal; takeLocal?: TakeLocal },
  ) {
    this.#takeLocal = takeLocal;
    const url = URL.canParse(address) ? new URL(address) : null;
    if (url === null || !/^https?:$/.test(url.protocol))
      throw new MvgitError("usage", `'${showAddress(address)}' is not an address of a tracking server`, {
        hint: "it begins with https:// or http://",
      });
    this.#client = new HttpClient(PATIENCE, signal, proxyFor(url, env));
    const [user, password, token] = [
      decodeURIComponent(url.username) || env["MLFLOW_TRACKING_USERNAME"],
      decodeURIComponent(url.password) || env["MLFLOW_TRACKING_PASSWORD"],
      env["MLFLOW_TRACKING_TOKEN"],
    ];
    const basic =
      user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password ?? ""}`).toString("base64")}`;
    const authorization = basic ?? (token === undefined ? undefined : `Bearer ${token}`);
    this.#headers = authorization === undefined ? {} : { authorization };
    url.username = url.password = url.search = url.hash = "";
    this.#base = url.href.replace(/\/+$/, "");
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
    return understood(() => this.#files(run, version));
  }

  async #models(): Promise<SourceModel[]> {
    const models: SourceModel[] = [];
    for (const each of await this.#pages(
      "GET",
      "registered-models/search",
      { max_results: "100" },
      "registered_models",
    )) {
      const name = text(each, "name");
      const filter = `name=${name.includes("'") ? `"${name}"` : `'${name}'`}`;
      const versions = (
        await this.#pages("GET", "model-versions/search", { filter, max_results: "1000" }, "model_versions")
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
    const all = await this.#pages("POST", "experiments/search", { max_results: 1000 }, "experiments");
    const ids = all
      .filter((each) => experiment === null || text(each, "name") === experiment)
      .map((each) => text(each, "experiment_id"));
    if (experiment !== null && ids.length === 0) return null;
    const runs =
      ids.length === 0
        ? []
        : await this.#pages(
            "POST",
            "runs/search",
            { experiment_ids: ids, max_results: 1000, order_by: ["attributes.start_time ASC"] },
            "runs",
          );
    return runs.map((run) => text(part(run, "info"), "run_id", ""));
  }

  async #run(id: string): Promise<SourceRun | null> {
    const answer = id === "" ? null : await this.#ask("GET", "runs/get", { run_id: id });
    if (answer === null) return null;
    const run = part(answer, "run");
    const [info, data] = [part(run, "info"), part(run, "data")];
    if (text(info, "lifecycle_stage", "active") === "deleted") return null;
    const metrics = new Map<string, Curve>();
    for (const key of items(data, "metrics").map((each) => text(each, "key"))) {
      const curve = curveOf(
        (
          await this.#pages(
            "GET",
            "metrics/get-history",
            { run_id: id, metric_key: key, max_results: "25000" },
            "metrics",
          )
        ).map(toPoint),
      );
      if (curve !== null) metrics.set(key, curve);
    }
    const pairs = (key: string): Map<string, string> =>
      new Map(items(data, key).map((each) => [text(each, "key"), text(each, "value", "")]));
    const tags = pairs("tags");
    const experimentId = text(info, "experiment_id", "0");
    return {
      id,
      experimentId,
      experiment: await this.#experimentName(experimentId),
      name: text(info, "run_name", tags.get("mlflow.runName") ?? id),
      user: text(info, "user_id", tags.get("mlflow.user") ?? ""),
      status: text(info, "status", ""),
      start: integer(info, "start_time", 0),
      end: integer(info, "end_time", 0) || null,
      params: pairs("params"),
      tags,
      metrics,
      artifacts: text(info, "artifact_uri", ""),
      datasets: items(part(run, "inputs"), "dataset_inputs").map(toDataset),
      models: items(part(run, "outputs"), "model_outputs").map((each) => text(each, "model_id")),
    };
  }

  async #experimentName(id: string): Promise<string> {
    const known = this.#experiments.get(id);
    if (known !== undefined) return known;
    const name = text(
      part((await this.#ask("GET", "experiments/get", { experiment_id: id })) ?? {}, "experiment"),
      "name",
      id,
    );
    this.#experiments.set(id, name);
    return name;
  }

  async #files(run: SourceRun | null, version: SourceVersion | null): Promise<SourceFiles> {
    const result: SourceFiles = { files: [], missing: [] };
    if (run !== null) {
      await this.#list(result, {
        to: "artifacts",
        uri: run.artifacts,
        list: (path) => ["artifacts/list", { run_id: run.id, path }],
        file: (path) => this.#address("/get-artifact", { run_uuid: run.id, path }),
      });
    }
    const ids = new Set([...(run?.models ?? []), ...(version === null || version.model === "" ? [] : [version.model])]);
    const names = new FolderNames();
    for (const id of [...ids].filter((each) => /^m-[A-Za-z0-9-]{1,60}$/.test(each))) {
      const info = part(part((await this.#ask("GET", `logged-models/${id}`, {})) ?? {}, "model"), "info");
      const at = `logged-models/${id}/artifacts`;
      await this.#list(result, {
        to: `models/${names.take(text(info, "name", ""), id)}`,
        uri: text(info, "artifact_uri", id),
        list: (path) => [`${at}/directories`, { artifact_directory_path: path }],
        file: (path) => this.#address(`/ajax-api/2.0/mlflow/${at}/files`, { artifact_file_path: path }),
      });
    }
    const source = version?.source ?? "";
    if (
      version !== null &&
      version.model === "" &&
      source !== "" &&
      !(run !== null && source.startsWith(run.artifacts))
    )
      result.missing.push(`'${source.slice(0, 500)}' is no artifact of its run`);
    return result;
  }

  async #list(
    result: SourceFiles,
    {
      to,
      uri,
      list,
      file,
    }: {
      to: string;
      uri: string;
      list: (path: string) => [string, Record<string, string>];
      file: (path: string) => string;
    },
  ): Promise<void> {
    if (this.#takeLocal(result, { uri, to })) return;
    const folders = [{ path: "", depth: 0 }];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      const [endpoint, query] = list(folder.path);
      const answer = await this.#ask(
        "GET",
        endpoint,
        folder.path === "" ? Object.fromEntries(Object.entries(query).filter(([, value]) => value !== "")) : query,
      ).catch((error: unknown) => unreadable(error, result, uri));
      for (const each of answer === null ? [] : items(answer, "files")) {
        const path = text(each, "path");
        if (pathProblem(path) !== null || folder.depth > MOST.depth)
          result.missing.push(`'${path.slice(0, 200)}' has a name that not every system can store`);
        else if (each["is_dir"] === true) folders.push({ path, depth: folder.depth + 1 });
        else result.files.push({ path: `${to}/${path}`, size: integer(each, "file_size", 0), at: file(path) });
      }
    }
  }

  async fetch(file: SourceFile, temporary: string): Promise<string> {
    if (isAbsolute(file.at)) return openLocal(file);
    const answer = await this.#send("GET", file.at);
    if (answer.status !== 200) {
      await readBody(answer, MOST.answer);
      throw new MvgitError(
        "blob-missing",
        `'${display(file.path)}' could not be had from the tracking server (HTTP ${answer.status})`,
        { subject: display(file.path) },
      );
    }
    await writeStream(temporary, answer.body);
    return temporary;
  }

  async #pages(method: "GET" | "POST", endpoint: string, query: Body, key: string): Promise<Body[]> {
    const all: Body[] = [];
    let token = "";
    for (let page = 0; page < MOST.pages; page++) {
      const answer: Body =
        (await this.#ask(method, endpoint, token === "" ? query : { ...query, page_token: token })) ?? {};
      all.push(...items(answer, key));
      token = text(answer, "next_page_token", "");
      if (token === "") return all;
    }
    throw new MvgitError("remote-unavailable", `the tracking server's list of ${endpoint} has no end`);
  }

  /** Null for what is not there. */
  async #ask(method: "GET" | "POST", endpoint: string, query: Body): Promise<Body | null> {
    const under =
      endpoint.startsWith("logged-models/") && endpoint.includes("/artifacts")
        ? "/ajax-api/2.0/mlflow/"
        : "/api/2.0/mlflow/";
    const answer =
      method === "GET"
        ? await this.#send("GET", this.#address(under + endpoint, query as Record<string, string>))
        : await this.#send("POST", this.#base + under + endpoint, Buffer.from(JSON.stringify(query)));
    const bytes = await readBody(answer, MOST.answer);
    const body = parsed(bytes);
    if (answer.status === 200 && body !== null) return body;
    if (answer.status === 404 && body?.["error_code"] === "RESOURCE_DOES_NOT_EXIST") return null;
    const why = body === null ? "" : `: ${display(text(body, "message", "").slice(0, 200))}`;
    if (answer.status === 401 || answer.status === 403) {
      throw new MvgitError("access-denied", `the tracking server refuses to be read (HTTP ${answer.status})${why}`, {
        hint: "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
      });
    }
    throw new MvgitError(
      "remote-unavailable",
      `the tracking server answers HTTP ${answer.status} to ${endpoint}${why}`,
      { hint: "is it MLflow's address, and is it up?" },
    );
  }

  #address(path: string, query: Record<string, string>): string {
    return `${this.#base}${path}?${new URLSearchParams(query)}`;
  }

  #send(method: "GET" | "POST", address: string, body?: Buffer): Promise<HttpAnswer> {
    const sized =
      body === undefined ? {} : { "content-type": "application/json", "content-length": String(body.length) };
    return this.#client.send({
      method,
      url: new URL(address),
      headers: { ...this.#headers, ...sized },
      ...(body === undefined ? {} : { body: [body] }),
    });
  }
}

/** An answer without what it must have is a server that cannot be used. */
async function understood<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new MvgitError(
      "remote-unavailable",
      `the tracking server's answer cannot be understood: ${display(error.message)}`,
      { hint: "is it MLflow's address?", cause: error },
    );
  }
}

/** A listing that fails makes its files missing: the store of artifacts is often another machine. */
function unreadable(error: unknown, result: SourceFiles, uri: string): null {
  if (!(error instanceof MvgitError) || error.code !== "remote-unavailable") throw error;
  result.missing.push(`'${uri.slice(0, 500)}' cannot be listed by the tracking server`);
  return null;
}

function parsed(bytes: Buffer): Body | null {
  try {
    const value = parseLooseJson(bytes.toString("utf8"));
    return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Body) : null;
  } catch {
    return null;
  }
}

function toVersion(each: Body): SourceVersion {
  const source = text(each, "source", "");
  return {
    name: text(each, "name"),
    version: integer(each, "version", 0),
    run: text(each, "run_id", ""),
    model: text(each, "model_id", "") || (/^models:\/(m-[0-9a-f]+)$/.exec(source)?.[1] ?? ""),
    source,
    created: integer(each, "creation_timestamp", 0),
    updated: integer(each, "last_updated_timestamp", 0),
    description: text(each, "description", ""),
    stage: text(each, "current_stage", "None"),
  };
}

function toPoint(each: Body): Point {
  return { step: integer(each, "step", 0), time: integer(each, "timestamp", 0), value: metricValue(each["value"]) };
}

function toDataset(each: Body): SourceRun["datasets"][number] {
  const dataset = part(each, "dataset");
  const context = items(each, "tags").find((tag) => tag["key"] === "mlflow.data.context");
  return {
    name: text(dataset, "name", ""),
    digest: text(dataset, "digest", ""),
    type: text(dataset, "source_type", ""),
    context: context ? text(context, "value", "") : "",
  };
}
