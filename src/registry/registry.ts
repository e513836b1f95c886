/** The read side: what a repository tells of its versions and stages, wherever it is and whatever hand reads it. */
import type { GitReader } from "../git/reader.ts";
import type { ModelName } from "../values/label.ts";
import type { Receipt } from "../values/receipt.ts";
import type { CompareReport } from "./compare.ts";
import type { ExplainReport } from "./explain/explain.ts";
import { historyOf, type HistoryReport, type HistoryRequest } from "./history.ts";
import { logOf, type LogReport, type LogRequest } from "./log.ts";
import type { Look, Means } from "./look.ts";
import { receiptOf } from "./receipt.ts";
import { resolveText } from "./resolve.ts";
import type { ShowReport } from "./show.ts";
import { stagesOf, type StagesReport } from "./stages.ts";

const NOTHING_BESIDES: Means = { loader: null, memory: null, enforce: null, finders: null, warn: () => {} };

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

  constructor(git: GitReader & { close?(): void }, means: Partial<Means> = {}) {
    this.#git = git;
    this.#means = { ...NOTHING_BESIDES, ...means };
  }

  /** Versions of a model or of all, the newest first. */
  async log(request: LogRequest): Promise<LogReport> {
    return logOf(await this.#look(), request);
  }

  /** One version, whole. `plot`: with the course of that score; throws `usage` where it has none. */
  async show(label: string, plot?: string): Promise<ShowReport> {
    const { show } = await import("./show.ts");
    return show(await this.#look(), label, plot);
  }

  /** Which version each stage holds, of one model or of all. */
  async stages(only: { model?: ModelName } = {}): Promise<StagesReport> {
    return stagesOf(await this.#look(), only);
  }

  /** The moves of a model's stages, or of one of them. */
  async history(request: HistoryRequest): Promise<HistoryReport> {
    return historyOf(await this.#look(), request);
  }

  /** What differs from the first version to the second. */
  async compare(labels: readonly [string, string]): Promise<CompareReport> {
    const { compare } = await import("./compare.ts");
    return compare(await this.#look(), labels);
  }

  /**
   * From a receipt, a hash, a commit, a label or a move back to the version. `asked`: what was typed for the text, for
   * messages.
   */
  async explain(text: string, asked?: string): Promise<ExplainReport> {
    const { explain } = await import("./explain/explain.ts");
    return explain(await this.#look(), text, asked);
  }

  /** What a service logs with each prediction. */
  async receipt(label: string): Promise<Receipt> {
    return receiptOf((await resolveText(await this.#look(), label)).found);
  }

  /** Ends the connection of a repository elsewhere; nothing else needs it. */
  close(): void {
    this.#git.close?.();
  }

  async #look(): Promise<Look> {
    return { git: this.#git, refs: await this.#git.refs(), means: this.#means };
  }
}
