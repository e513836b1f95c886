/** The YAML header of a model card: what is known of a version, in the words of Hugging Face. Nothing is guessed. */
import { pattern } from "../../base/pattern.ts";
import type { BomFacts } from "../bom/facts.ts";
import type { DeclaredLicense } from "../license.ts";
import type { MetricValue, Package } from "../package.ts";
import { normalName, readEnvironmentRecord } from "../environment-record.ts";
import type { Plain } from "./yaml-text.ts";

export interface HubFacts extends BomFacts {
  /** In the repository, weights alone. */
  files: readonly { path: string; size: number; hash: string }[];
  /** The license's text in the repository; null where there is none. */
  licenseFile: string | null;
}

export function headerOf(facts: HubFacts): { [name: string]: Plain } {
  const { pack, files } = facts;
  const packages = programPackages(pack);
  const library = libraryOf(files, packages);
  const datasets = hubNames(facts, "datasets");
  const bases = hubNames(facts, "models");
  const metrics = Object.keys(pack.metrics).filter((name) => /^[a-z][a-z0-9_-]{0,60}$/i.test(name));
  const results = resultsOf(pack, facts);
  return {
    ...licenseOf(facts.license, facts.licenseFile),
    ...(library !== null && { library_name: library }),
    tags: [...new Set([...formatsOf(files), "mvgit"])],
    ...(datasets.length > 0 && { datasets }),
    ...(bases.length > 0 && { base_model: bases.length === 1 ? (bases[0] as string) : bases }),
    ...(metrics.length > 0 && { metrics }),
    ...(results !== null && { "model-index": [{ name: pack.model, results: [results] }] }),
  };
}

/** What Hugging Face calls a license; others are `other`, with their name. */
const LICENSES = new Set([
  ...["apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "isc", "zlib", "unlicense", "mpl-2.0", "epl-2.0", "gpl-2.0"],
  ...["gpl-3.0", "agpl-3.0", "lgpl-2.1", "lgpl-3.0", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0"],
  ...["cc-by-nc-sa-4.0", "eupl-1.2", "bsl-1.0", "artistic-2.0", "postgresql"],
]);

function licenseOf(license: DeclaredLicense | null, file: string | null): { [name: string]: Plain } {
  if (license === null) return {};
  const id = license.name.toLowerCase().replace(/-(?:only|or-later)$/, "");
  if (license.isSpdx && LICENSES.has(id)) return { license: id };
  return { license: "other", license_name: license.name, ...(file !== null && { license_link: file }) };
}

function programPackages({ environment }: Package): ReadonlySet<string> {
  const { interpreters } = readEnvironmentRecord(environment);
  return new Set(
    interpreters
      .filter(({ kind }) => kind === "python")
      .flatMap(({ packages }) => (packages ?? []).map(({ name }) => normalName(name))),
  );
}

/** By the files that only one library writes, and its package where others write such files too. */
function libraryOf(files: readonly { path: string }[], packages: ReadonlySet<string>): string | null {
  const has = (...names: string[]): boolean => names.every((name) => files.some(({ path }) => path === name));
  const ends = (...ends: string[]): boolean => files.some(({ path }) => ends.some((end) => path.endsWith(end)));
  if (has("adapter_config.json")) return "peft";
  if (has("model_index.json")) return "diffusers";
  if (has("modules.json") && has("config_sentence_transformers.json")) return "sentence-transformers";
  if (has("config.json") && packages.has("transformers")) return "transformers";
  if (ends(".keras")) return "keras";
  if (ends(".skops")) return "sklearn";
  if (ends(".joblib", ".pkl", ".pickle") && packages.has("scikit-learn") && !packages.has("torch")) return "sklearn";
  return null;
}

function formatsOf(files: readonly { path: string }[]): string[] {
  return ["safetensors", "gguf", "onnx"].filter((end) => files.some(({ path }) => path.endsWith(`.${end}`)));
}

const NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,95}";
const ADDRESS = pattern()`
  ^https:\/\/(?:www\.)?(?:huggingface\.co|hf\.co)\/(datasets\/)?(${NAME}\/${NAME})\/(?:resolve|raw|blob)\/`;
const REPOSITORY = pattern()`^${NAME}\/${NAME}$`;
const SAID = {
  datasets: /(?:^|\.)(?:dataset|dataset_name|dataset_id|datasets)$/,
  models: /(?:^|\.)(?:base_model|base_model_name_or_path|model_name_or_path|pretrained_model_name_or_path)$/,
};

/**
 * Repositories of Hugging Face that the version came from: those that its data were frozen from, and those that its
 * settings name. Only what has the form of one.
 */
function hubNames({ pack, origins }: HubFacts, kind: "datasets" | "models"): string[] {
  const frozen = pack.data.flatMap(({ path }) => {
    const origin = origins.get(path);
    const [, isDataset, name = ""] = (origin?.kind === "url" && ADDRESS.exec(origin.url)) || [];
    return name !== "" && (isDataset !== undefined) === (kind === "datasets") ? [name] : [];
  });
  const said = Object.entries(pack.params).flatMap(([name, value]) =>
    SAID[kind].test(name) && typeof value === "string" && isRepository(value, pack) ? [value] : [],
  );
  return [...new Set([...frozen, ...said])];
}

/** `data/mails` has the form as well: what is a path of the version, or ends as files do, is none. */
function isRepository(text: string, { data, weights }: Package): boolean {
  if (!REPOSITORY.test(text) || /\.(?:bin|csv|json|jsonl|parquet|pt|pth|safetensors|txt|tsv|zip)$/.test(text))
    return false;
  return ![...data, ...weights].some(
    ({ path }) => path === text || path.startsWith(`${text}/`) || text.startsWith(`${path}/`),
  );
}

/** All scores that are numbers, on all data of the version; null for none. */
function resultsOf({ metrics, data }: Package, { pack }: HubFacts): Plain | null {
  const numbers = Object.entries(metrics).filter((entry): entry is [string, MetricValue & number] =>
    Number.isFinite(entry[1]),
  );
  if (numbers.length === 0) return null;
  const [first] = data;
  const task = pack.params["pipeline_tag"] ?? pack.params["task"];
  return {
    task: { type: typeof task === "string" && /^[a-z0-9-]{1,60}$/.test(task) ? task : "other" },
    dataset: { type: "other", name: first === undefined ? "unknown" : data.map(({ path }) => path).join(", ") },
    metrics: numbers.map(([name, value]) => ({ type: name, value, name })),
  };
}
