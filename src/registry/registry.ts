/** The read side: what a repository tells of its versions and stages, wherever it is and whatever hand reads it. */
import type { GitReader, GitRef } from "../git/reader.ts";
import type { CompareAllReport } from "../values/compare-many.ts";
import type { ExplainIndex } from "../values/explain-index.ts";
import type { ModelName } from "../values/label.ts";
import type { PatchReport } from "./patch.ts";
import type { PackageFile } from "../values/package.ts";
import type { Receipt } from "../values/receipt.ts";
import type { CompareReport, TensorDepth } from "./compare.ts";
import type { ArtifactsReport, OpenArtifact } from "./artifacts.ts";
import type { BomReport, BomRequest } from "./bom.ts";
import type { CardSource } from "./card-source.ts";
import type { CurvesReport } from "./curves.ts";
import type { ExplainReport } from "./explain/explain.ts";
import { historyOf, type HistoryReport, type HistoryRequest } from "./history.ts";
import type { LineageRequest } from "./lineage/lineage.ts";
import type { LineageReport } from "./lineage/report.ts";
import { logOf, type LogReport, type LogRequest } from "./log.ts";
import type { Look, Means } from "./look.ts";
import { type ModelsReport, modelsOf } from "./models.ts";
import { receiptOf } from "./receipt.ts";
import { warningsOf } from "./remarks.ts";
import { resolveText } from "./resolve.ts";
import type { ShowReport } from "./show.ts";
import { stagesOf, type StagesReport } from "./stages.ts";
import type { KnownVersions, StoredFile, Whole } from "./whole.ts";

const NOTHING_BESIDES: Means = {
  loader: null,
  memory: null,
  enforce: null,
  refused: null,
  verified: null,
  policyScores: null,
  finders: null,
  warn: () => {},
};

/**
 * The versions and stages of one repository, read through a `GitReader`: a clone, a bare repository on a server's disk,
 * one elsewhere by its address, with the git program or without. It needs no work tree, no cache and no settings. Every
 * call looks at the refs anew, so that what was fetched or moved meanwhile shows.
 *
 * Bytes come from a `Loader`. Without one nothing fails: what is in folders and CSV files is not compared or searched,
 * and the reports say so. Calls throw what Git's reader throws, and
 * `label-unknown` for what is not there, `version-damaged` and `chain-broken` for what cannot be trusted,
 * `policy-refused` where readers are told to refuse, `usage` for a text that means nothing.
 *
 * What shows, compares and explains is loaded when it is asked for: `mvgit log` starts 10 ms sooner without it.
 */
export class Registry {
  readonly #git: GitReader & { close?(): void };
  readonly #means: Means;

  readonly #fixed: readonly GitRef[] | null;

  constructor(git: GitReader & { close?(): void }, means: Partial<Means> = {}, fixed: readonly GitRef[] | null = null) {
    this.#git = git;
    this.#fixed = fixed;
    this.#means = { ...NOTHING_BESIDES, ...means };
  }

  /** Versions of a model or of all, the newest first. */
  async log(request: LogRequest): Promise<LogReport> {
    return logOf(await this.#look(), request);
  }

  /** Every model with its newest version, its stages and the course of its main score. */
  async models(): Promise<ModelsReport> {
    return modelsOf(await this.#look());
  }

  /** One version, whole. `plot`: with the course of that score; throws `usage` where it has none. */
  async show(label: string, plot?: string): Promise<ShowReport> {
    return (await parts()).show(await this.#look(), label, plot);
  }

  /** Which version each stage holds, of one model or of all. */
  async stages(only: { model?: ModelName } = {}): Promise<StagesReport> {
    return stagesOf(await this.#look(), only);
  }

  /** The moves of a model's stages, or of one of them. */
  async history(request: HistoryRequest): Promise<HistoryReport> {
    return historyOf(await this.#look(), request);
  }

  /** What differs from the first version to the second. `tensors`: how far weights at hand are looked into. */
  async compare(
    labels: readonly [string, string],
    { tensors = "values" }: { tensors?: TensorDepth } = {},
  ): Promise<CompareReport> {
    const { compare } = await comparing();
    return compare(await this.#look(), labels, tensors);
  }

  /** What differs among 2 to 20 versions, without a look at any blob. Throws `usage` for another number of them. */
  async compareAll(labels: readonly string[]): Promise<CompareAllReport> {
    const { compareAll } = await comparing();
    return compareAll(await this.#look(), labels);
  }

  /** What differs in the code of two versions, line by line, where the git program reads; else which files. */
  async patch(labels: readonly [string, string]): Promise<PatchReport> {
    const { patch } = await comparing();
    return patch(await this.#look(), labels);
  }

  /**
   * From a receipt, a hash, a commit, a label or a move back to the version. `asked`: what was typed for the text, for
   * messages.
   */
  async explain(text: string, asked?: string): Promise<ExplainReport> {
    const { explain } = await import("./explain/explain.ts");
    return explain(await this.#look(), text, asked);
  }

  /** Every curve that the run of a version recorded. */
  async curves(label: string): Promise<CurvesReport> {
    return (await parts()).curvesOf(await this.#look(), label);
  }

  /** The files of a version that are worth a look. */
  async artifacts(label: string): Promise<ArtifactsReport> {
    return (await parts()).artifactsOf(await this.#look(), label);
  }

  /** One of `artifacts` by its path, with its bytes; null for a path that is not among them. */
  async artifact(label: string, path: string): Promise<OpenArtifact | null> {
    return (await parts()).openArtifact(await this.#look(), label, path);
  }

  /** The bill of materials of a version, or the statement of its provenance. */
  async bom(label: string, request: BomRequest): Promise<BomReport> {
    return (await parts()).bomOf(await this.#look(), label, request);
  }

  /**
   * Every version whole, and what holds them; those in `known` are not read again, those that are read are added to it.
   */
  async whole(known: KnownVersions): Promise<Whole> {
    return (await parts()).wholeOf(await this.#look(), known);
  }

  /** Equal while no version, move or remark came or went. */
  async state(): Promise<string> {
    return (await parts()).stateOf((await this.#look()).refs);
  }

  /** The files behind what a package names. Throws `blob-missing` where their list is out of reach. */
  async *storedFiles(file: PackageFile): AsyncGenerator<StoredFile> {
    yield* (await parts()).storedFiles({ means: this.#means }, file);
  }

  /**
   * The bytes of one of them, in order; the last of them are given only when all are right. Throws `blob-missing`,
   * `blob-damaged`.
   */
  async *bytes({ path, hash, size }: StoredFile): AsyncGenerator<Uint8Array> {
    if (this.#means.loader === null) throw (await parts()).noStore(path);
    yield* this.#means.loader.read({ hash, size });
  }

  /** What the model card of a version is written from. */
  async cardSource(label: string): Promise<CardSource> {
    return (await parts()).cardSourceOf(await this.#look(), label);
  }

  /** Where a version came from, and what came of it. */
  async lineage(label: string, request: LineageRequest = {}): Promise<LineageReport> {
    return (await parts()).lineageOf(await this.#look(), label, request);
  }

  /** What a page without a repository behind it needs to explain. */
  async index(): Promise<ExplainIndex> {
    const { indexOf } = await import("./explain/index-document.ts");
    return indexOf(await this.#look());
  }

  /** What a service logs with each prediction. */
  async receipt(label: string): Promise<Receipt> {
    const { found } = await resolveText(await this.#look(), label);
    for (const text of warningsOf(found)) this.#means.warn(text);
    return receiptOf(found);
  }

  /** The same repository as its refs are now, whatever moves meanwhile: for many calls that must agree. */
  async snapshot(): Promise<Registry> {
    return new Registry(this.#git, this.#means, this.#fixed ?? (await this.#git.refs()));
  }

  /** Ends the connection of a repository elsewhere; nothing else needs it. */
  close(): void {
    this.#git.close?.();
  }

  async #look(): Promise<Look> {
    return { git: this.#git, refs: this.#fixed ?? (await this.#git.refs()), means: this.#means };
  }
}

function comparing(): Promise<typeof import("./compare.ts")> {
  return import("./compare.ts");
}

function parts(): Promise<typeof import("./parts.ts")> {
  return import("./parts.ts");
}
