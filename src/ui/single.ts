/** One version, a comparison or a list as one HTML file that needs no other and asks for nothing. */
import type { ArtifactsReport } from "../registry/artifacts.ts";
import type { ShowReport } from "../registry/show.ts";
import { artifactAddress } from "../values/artifact-kind.ts";
import { Assets } from "./assets.ts";
import type { Source } from "./documents.ts";
import { singleFrameOf } from "./frame.ts";
import { openSource, type UiContext } from "./open-ui.ts";
import { Reading } from "./reading.ts";

/** Bytes of pictures and texts that one file carries, each and in all. */
const CAPS = { each: 1024 * 1024, all: 8 * 1024 * 1024 };

/** The page of one version. */
export async function versionPage(context: UiContext, label: string): Promise<string> {
  const { source, title } = openSource(context);
  const documents = await Documents.of(source);
  const shown = await documents.add<ShowReport>(`data/show/${label}.json`);
  await documents.addVersion(label);
  const { from, model } = shown.package;
  if (from !== null) await documents.addPair(`${model}@v${from}`, label);
  return htmlOf({ ...context, title }, documents, `#/${label}`);
}

/** The page of a comparison; two to twenty. */
export async function comparisonPage(context: UiContext, labels: readonly string[]): Promise<string> {
  const { source, title } = openSource(context);
  const documents = await Documents.of(source);
  await documents.add(`data/compare/${labels.join("..")}.json`);
  for (const label of labels) {
    await documents.addAny(`data/show/${label}.json`);
    await documents.addAny(`data/curves/${label}.json`);
  }
  for (const label of labels.slice(1)) await documents.addPair(labels[0] as string, label);
  return htmlOf({ ...context, title }, documents, `#/compare/${labels.join("..")}`);
}

/** The page of these models' versions. `state`: of one model's list, the filter and the order in it. */
export async function listPage(
  context: UiContext,
  models: readonly string[],
  state: Record<string, string>,
): Promise<string> {
  const { source, title } = openSource(context);
  const documents = await Documents.of(source);
  await documents.addAny("data/models.json");
  await documents.addAny("data/stages.json");
  const query = new URLSearchParams(state).toString();
  for (const model of models) {
    await documents.add(`data/log/${model}.json`);
    await documents.addAny(`data/history/${model}.json`);
  }
  return htmlOf(
    { ...context, title },
    documents,
    `#/${models.length === 1 ? models[0] : ""}${query === "" ? "" : `?${query}`}`,
  );
}

function htmlOf({ title, watch }: UiContext & { title: string }, documents: Documents, route: string): string {
  const assets = new Assets();
  const written = new Date(watch.clock.now()).toISOString();
  const config = { mode: "single" as const, title, written, token: null, documents: documents.held, route };
  return singleFrameOf(config, { script: assets.text("page.js"), style: assets.text("page.css") });
}

/** What the page will ask for, gathered. */
class Documents {
  readonly held: Record<string, unknown> = Object.create(null);
  readonly #reading: Reading;
  #left = CAPS.all;

  private constructor(reading: Reading) {
    this.#reading = reading;
  }

  static async of(source: Source): Promise<Documents> {
    return new Documents(await Reading.of(source));
  }

  async add<T>(path: string): Promise<T> {
    const document = await this.#reading.document<T>(path);
    this.held[path] = document;
    return document;
  }

  /** Where it can be had. */
  async addAny<T>(path: string): Promise<T | null> {
    const document = await this.#reading.documentIfAny<T>(path);
    if (document !== null) this.held[path] = document;
    return document;
  }

  async addPair(before: string, after: string): Promise<void> {
    await this.addAny(`data/compare/${before}..${after}.json`);
    await this.addAny(`data/patch/${before}..${after}.json`);
  }

  async addVersion(label: string): Promise<void> {
    await this.addAny(`data/curves/${label}.json`);
    await this.addAny(`data/lineage/${label}.json`);
    const report = await this.addAny<ArtifactsReport>(`data/artifacts/${label}.json`);
    for (const { path, kind, size, type } of report?.artifacts ?? []) {
      if (kind === "binary" || size > CAPS.each || size > this.#left) continue;
      const bytes = await this.#reading.bytes(label, path);
      if (bytes === null) continue;
      this.#left -= bytes.length;
      const isPicture = kind === "image" || kind === "svg";
      this.held[artifactAddress(label, path)] = isPicture
        ? `data:${type};base64,${bytes.toString("base64")}`
        : bytes.toString("utf8");
    }
  }
}
