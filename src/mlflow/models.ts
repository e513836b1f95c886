/** MLflow's logged models and its registry. */
import { type Body, items, missing, page, pairs, Refusal, setAll, setNamed, text, texts } from "./answers.ts";
import { type Attributes, type Lookup, parseFilter, sortBy } from "./search.ts";
import { type LoggedModel, MOST, type Recording, type RegisteredModel, type RegisteredVersion } from "./state.ts";
import type { Endpoint } from "./tracking.ts";

/** `*` stands for an id in the path. */
export const MODELS: Readonly<Record<string, Endpoint>> = {
  "POST logged-models": createModel,
  "GET logged-models/*": (recording, _, id) => ({ model: sentModel(modelOf(recording, id)) }),
  "PATCH logged-models/*": finalizeModel,
  "DELETE logged-models/*": (recording, _, id) => (recording.models.delete(modelOf(recording, id).id), {}),
  "PATCH logged-models/*/tags": (recording, body, id) => (
    setAll(modelOf(recording, id).tags, body, "tags"),
    { model: sentModel(modelOf(recording, id)) }
  ),
  "POST logged-models/*/params": (recording, body, id) => (setAll(modelOf(recording, id).params, body, "params"), {}),
  "POST logged-models/search": searchModels,
  "POST registered-models/create": createRegistered,
  "GET registered-models/get": (recording, body) => ({
    registered_model: sentRegistered(registeredOf(recording, body)),
  }),
  "GET registered-models/search": searchRegistered,
  "PATCH registered-models/update": (recording, body) => (
    void (registeredOf(recording, body).description = text(body, "description", "")),
    { registered_model: sentRegistered(registeredOf(recording, body)) }
  ),
  "POST registered-models/set-tag": (recording, body) => (
    setNamed(registeredOf(recording, body).tags, { key: text(body, "key"), value: text(body, "value", "") }),
    {}
  ),
  "POST registered-models/alias": (recording, body) => (
    void registeredOf(recording, body).aliases.set(text(body, "alias"), versionOf(recording, body).version),
    {}
  ),
  "DELETE registered-models/alias": (recording, body) => (
    registeredOf(recording, body).aliases.delete(text(body, "alias")),
    {}
  ),
  "GET registered-models/alias": versionByAlias,
  "POST registered-models/get-latest-versions": latestVersions,
  "GET registered-models/get-latest-versions": latestVersions,
  "POST model-versions/create": createVersion,
  "GET model-versions/get": (recording, body) => ({
    model_version: sentVersion(registeredOf(recording, body), versionOf(recording, body)),
  }),
  "PATCH model-versions/update": (recording, body) => (
    void (versionOf(recording, body).description = text(body, "description", "")),
    { model_version: sentVersion(registeredOf(recording, body), versionOf(recording, body)) }
  ),
  "POST model-versions/set-tag": (recording, body) => (
    setNamed(versionOf(recording, body).tags, { key: text(body, "key"), value: text(body, "value", "") }),
    {}
  ),
  "GET model-versions/get-download-uri": (recording, body) => ({
    artifact_uri: downloadUri(recording, versionOf(recording, body)),
  }),
  "GET model-versions/search": searchVersions,
};

function modelOf(recording: Recording, id: string): LoggedModel {
  const { models, alsoKnown } = recording;
  return models.get(id) ?? models.get(alsoKnown.get(id) ?? "") ?? missing("Logged model", id);
}

function createModel(recording: Recording, body: Body): object {
  if (recording.models.size >= MOST.models) throw new Refusal("RESOURCE_EXHAUSTED", "Too many logged models.");
  const id = `m-${recording.newId()}`;
  const model: LoggedModel = {
    id,
    name: text(body, "name", "") || id,
    experiment: text(body, "experiment_id", "0"),
    run: text(body, "source_run_id", ""),
    type: text(body, "model_type", ""),
    status: "LOGGED_MODEL_PENDING",
    created: recording.now(),
    params: new Map(),
    tags: new Map(),
  };
  if (!recording.experiments.has(model.experiment)) missing("Experiment", model.experiment);
  setAll(model.params, body, "params");
  setAll(model.tags, body, "tags");
  recording.models.set(id, model);
  return { model: sentModel(model) };
}

function finalizeModel(recording: Recording, body: Body, id: string): object {
  const model = modelOf(recording, id);
  model.status = text(body, "status", model.status).slice(0, 40);
  return { model: sentModel(model) };
}

/** Where the client puts a logged model's artifacts. */
export function modelUri({ experiment, id }: Pick<LoggedModel, "experiment" | "id">): string {
  return `mlflow-artifacts:/${experiment}/models/${id}/artifacts`;
}

function sentModel(model: LoggedModel): object {
  const { id, name, experiment, run, type, status, created, params, tags } = model;
  const info = {
    model_id: id,
    experiment_id: experiment,
    name,
    creation_timestamp_ms: created,
    last_updated_timestamp_ms: created,
    artifact_uri: modelUri(model),
    status,
    model_type: type,
    source_run_id: run,
    tags: pairs(tags),
  };
  return { info, data: { params: pairs(params), metrics: [] } };
}

const LOGGED: Attributes = {
  name: "text",
  model_id: "text",
  model_type: "text",
  status: "text",
  source_run_id: "text",
  creation_timestamp: "number",
  creation_time: "number",
  last_updated_timestamp: "number",
  last_updated_time: "number",
};

function searchModels(recording: Recording, body: Body): object {
  const test = parseFilter(text(body, "filter", ""), LOGGED);
  const experiments = texts(body, "experiment_ids");
  const lookup =
    (each: LoggedModel): Lookup =>
    (kind, name) => {
      if (kind === "tag" || kind === "param") return (kind === "tag" ? each.tags : each.params).get(name);
      return (
        {
          name: each.name,
          model_id: each.id,
          model_type: each.type,
          status: each.status,
          source_run_id: each.run,
          creation_timestamp: each.created,
          creation_time: each.created,
          last_updated_timestamp: each.created,
          last_updated_time: each.created,
        } as Record<string, string | number>
      )[name];
    };
  const found = [...recording.models.values()].filter(
    (each) => experiments.includes(each.experiment) && test(lookup(each)),
  );
  const order = items(body, "order_by").map(
    (each) => `${text(each, "field_name")} ${each["ascending"] === false ? "DESC" : "ASC"}`,
  );
  const { items: models, next } = page(sortBy(found.toReversed(), order, { lookup, attributes: LOGGED }), body, 50);
  return { models: models.map(sentModel), ...next };
}

export function registeredOf(recording: Recording, body: Body): RegisteredModel {
  const name = text(body, "name");
  return recording.registered.get(name) ?? missing("Registered Model with name", name);
}

export function versionOf(recording: Recording, body: Body): RegisteredVersion {
  const number = text(body, "version");
  return (
    registeredOf(recording, body).versions.find((each) => String(each.version) === number) ??
    missing("Model Version", number)
  );
}

function createRegistered(recording: Recording, body: Body): object {
  const name = text(body, "name").slice(0, 250);
  if (recording.registered.has(name))
    throw new Refusal("RESOURCE_ALREADY_EXISTS", `Registered Model (name=${name}) already exists.`);
  if (recording.registered.size >= MOST.models) throw new Refusal("RESOURCE_EXHAUSTED", "Too many registered models.");
  const model: RegisteredModel = {
    name,
    created: recording.now(),
    description: text(body, "description", ""),
    tags: new Map(),
    aliases: new Map(),
    versions: [],
  };
  setAll(model.tags, body, "tags");
  recording.registered.set(name, model);
  return { registered_model: sentRegistered(model) };
}

function createVersion(recording: Recording, body: Body): object {
  const model = registeredOf(recording, body);
  if (model.versions.length >= MOST.models) throw new Refusal("RESOURCE_EXHAUSTED", "Too many model versions.");
  const source = text(body, "source", "");
  const version: RegisteredVersion = {
    version: (model.versions.at(-1)?.version ?? 0) + 1,
    run: text(body, "run_id", ""),
    model: text(body, "model_id", "") || (/m-[0-9a-f]{32}/.exec(source)?.[0] ?? ""),
    source,
    created: recording.now(),
    description: text(body, "description", ""),
    tags: new Map(),
  };
  setAll(version.tags, body, "tags");
  model.versions.push(version);
  return { model_version: sentVersion(model, version) };
}

function downloadUri(recording: Recording, { model, source }: RegisteredVersion): string {
  const logged = recording.models.get(model);
  return logged ? modelUri(logged) : source;
}

export function sentVersion(
  { name, aliases }: RegisteredModel,
  { version, run, model, source, created, description, tags }: RegisteredVersion,
): object {
  return {
    name,
    version: String(version),
    creation_timestamp: created,
    last_updated_timestamp: created,
    current_stage: oldStageOf({ aliases }, version),
    description,
    source,
    run_id: run,
    ...(model === "" ? {} : { model_id: model }),
    status: "READY",
    tags: pairs(tags),
    aliases: [...aliases].filter(([, held]) => held === version).map(([alias]) => alias),
  };
}

export function sentRegistered(model: RegisteredModel): object {
  const { name, created, description, tags, aliases } = model;
  const latest = latestOf(model).map((each) => sentVersion(model, each));
  return {
    name,
    creation_timestamp: created,
    last_updated_timestamp: created,
    description,
    tags: pairs(tags),
    aliases: [...aliases].map(([alias, version]) => ({ alias, version: String(version) })),
    latest_versions: latest,
  };
}

function versionByAlias(recording: Recording, body: Body): object {
  const model = registeredOf(recording, body);
  const held = model.aliases.get(text(body, "alias"));
  const version =
    model.versions.find((each) => each.version === held) ?? missing("Registered model alias", text(body, "alias"));
  return { model_version: sentVersion(model, version) };
}

/** The stages that MLflow had before aliases: a version is in one, and in "None" else. */
export const OLD_STAGES = ["Production", "Staging", "Archived"];

function oldStageOf({ aliases }: Pick<RegisteredModel, "aliases">, version: number): string {
  return OLD_STAGES.find((stage) => aliases.get(stage.toLowerCase()) === version) ?? "None";
}

/** By MLflow's older stages, which are aliases in lower case; any alias does. */
function latestVersions(recording: Recording, body: Body): object {
  const model = registeredOf(recording, body);
  const stages = texts(body, "stages").map((stage) => stage.toLowerCase());
  const latest = latestOf(model);
  const found = stages.flatMap((stage) => {
    const held = model.aliases.get(stage);
    if (held === undefined && stage === "none")
      return latest.filter(({ version }) => oldStageOf(model, version) === "None");
    return model.versions.filter(({ version }) => version === held);
  });
  return { model_versions: (stages.length === 0 ? latest : found).map((each) => sentVersion(model, each)) };
}

/** Of each older stage, by number. */
function latestOf(model: RegisteredModel): RegisteredVersion[] {
  const counted = model.versions.filter(({ retracted }) => retracted !== true);
  const latest = new Map(counted.map((each) => [oldStageOf(model, each.version), each]));
  return [...latest.values()].toSorted((a, b) => a.version - b.version);
}

const REGISTERED: Attributes = {
  name: "text",
  timestamp: "number",
  creation_timestamp: "number",
  last_updated_timestamp: "number",
};

function searchRegistered(recording: Recording, body: Body): object {
  const test = parseFilter(text(body, "filter", ""), REGISTERED);
  const lookup =
    (each: RegisteredModel): Lookup =>
    (kind, name) => {
      if (kind === "tag") return each.tags.get(name);
      return name === "name" ? each.name : each.created;
    };
  const found = [...recording.registered.values()].filter((each) => test(lookup(each)));
  const order = texts(body, "order_by");
  const { items: models, next } = page(sortBy(found, order, { lookup, attributes: REGISTERED }), body, 100);
  return { registered_models: models.map(sentRegistered), ...next };
}

const VERSIONS: Attributes = {
  name: "text",
  run_id: "text",
  source_path: "text",
  version_number: "number",
  creation_timestamp: "number",
  last_updated_timestamp: "number",
};

function searchVersions(recording: Recording, body: Body): object {
  const test = parseFilter(text(body, "filter", ""), VERSIONS);
  const all = [...recording.registered.values()].flatMap((model) =>
    model.versions.map((version) => ({ model, version })),
  );
  const lookup =
    ({ model, version }: (typeof all)[number]): Lookup =>
    (kind, name) => {
      if (kind === "tag") return version.tags.get(name);
      return (
        {
          name: model.name,
          run_id: version.run,
          version_number: version.version,
          source_path: version.source,
          creation_timestamp: version.created,
          last_updated_timestamp: version.created,
        } as Record<string, string | number>
      )[name];
    };
  const found = all.filter((each) => test(lookup(each)));
  const order = texts(body, "order_by");
  const { items: versions, next } = page(
    sortBy(found.toReversed(), order, { lookup, attributes: VERSIONS }),
    body,
    200_000,
  );
  return { model_versions: versions.map(({ model, version }) => sentVersion(model, version)), ...next };
}
