/** The moves of a model's stages. */
import { MvgitError } from "../base/errors.ts";
import type { ModelName, StageName } from "../values/label.ts";
import { eventAt, stageName } from "./chain.ts";
import { type EventReport, reportOf } from "./event-report.ts";
import { chainsSeen } from "./held-against.ts";
import type { Look } from "./look.ts";

export interface HistoryRequest {
  model: ModelName;
  stage?: StageName;
  /** Milliseconds since 1970: only what each stage held then. */
  at?: number;
}

export interface HistoryReport {
  model: ModelName;
  /** Newest first; with `at` one for each stage that held something. */
  events: EventReport[];
  /** Chains that cannot be trusted, in words. */
  problems: string[];
}

/** Throws `label-unknown` when no move is known. */
export async function historyOf(look: Look, { model, stage, at }: HistoryRequest): Promise<HistoryReport> {
  const chains = await chainsSeen(look, { model, ...(stage && { stage }) });
  if (chains.length === 0) {
    const name = stage ? stageName({ model, stage }) : model;
    throw new MvgitError("label-unknown", `no move of '${name}' is known here`, {
      subject: name,
      hint: "'mvgit stages' shows all; 'git fetch --tags' brings the moves of others",
    });
  }
  const problems = chains.flatMap((chain) => chain.problems.map((problem) => `${stageName(chain)}: ${problem}`));
  const found =
    at === undefined ? chains.flatMap((chain) => chain.events) : chains.flatMap((chain) => eventAt(chain, at) ?? []);
  const events = found.map(reportOf).toSorted((a, b) => Date.parse(b.time) - Date.parse(a.time) || b.event - a.event);
  return { model, events, problems };
}
