/** What MLflow's client changes of models that are registered, as scripts do after they trained. */
import { type Body, Refusal, text } from "./answers.ts";
import { OLD_STAGES, registeredOf, sentRegistered, sentVersion, versionOf } from "./models.ts";
import type { Recording } from "./state.ts";
import type { Endpoint } from "./tracking.ts";

export const EDITS: Readonly<Record<string, Endpoint>> = {
  "POST registered-models/rename": rename,
  "DELETE registered-models/delete": (recording, body) => (
    recording.registered.delete(registeredOf(recording, body).name),
    {}
  ),
  "DELETE registered-models/delete-tag": (recording, body) => (
    registeredOf(recording, body).tags.delete(text(body, "key")),
    {}
  ),
  "POST model-versions/transition-stage": transition,
  "DELETE model-versions/delete": removeVersion,
  "DELETE model-versions/delete-tag": (recording, body) => (
    versionOf(recording, body).tags.delete(text(body, "key")),
    {}
  ),
};

function rename(recording: Recording, body: Body): object {
  const model = registeredOf(recording, body);
  const name = text(body, "new_name").slice(0, 250);
  if (recording.registered.has(name))
    throw new Refusal("RESOURCE_ALREADY_EXISTS", `Registered Model (name=${name}) already exists.`);
  recording.registered.delete(model.name);
  model.name = name;
  recording.registered.set(name, model);
  return { registered_model: sentRegistered(model) };
}

/** MLflow's older stages are aliases in lower case; a version is in one of them. */
function transition(recording: Recording, body: Body): object {
  const model = registeredOf(recording, body);
  const version = versionOf(recording, body);
  const stage = text(body, "stage");
  const wanted = [...OLD_STAGES, "None"].find((each) => each.toLowerCase() === stage.toLowerCase());
  if (wanted === undefined)
    throw new Refusal(
      "INVALID_PARAMETER_VALUE",
      `Invalid Model Version stage: ${stage.slice(0, 200)}. Value must be one of None, ${OLD_STAGES.join(", ")}.`,
    );
  for (const each of OLD_STAGES)
    if (model.aliases.get(each.toLowerCase()) === version.version) model.aliases.delete(each.toLowerCase());
  if (wanted !== "None") model.aliases.set(wanted.toLowerCase(), version.version);
  return { model_version: sentVersion(model, version) };
}

function removeVersion(recording: Recording, body: Body): object {
  const model = registeredOf(recording, body);
  const removed = versionOf(recording, body);
  model.versions.splice(model.versions.indexOf(removed), 1);
  for (const [alias, version] of model.aliases) if (version === removed.version) model.aliases.delete(alias);
  return {};
}
