/** What `explain` answers: from the server, or from the index that the page was written with. */
import { useEffect, useState } from "preact/hooks";
import { MvgitError } from "../../base/errors.ts";
import type { EventReport } from "../../registry/event-report.ts";
import type { ExplainReport } from "../../registry/explain/explain.ts";
import { explainIn } from "../../values/explain-index.ts";
import { readDocumentOf, isDocument } from "../../values/explain-text.ts";
import type { ModelName } from "../../values/label.ts";
import { formatReceipt } from "../../values/receipt.ts";
import { periodsOf } from "../../values/stage-times.ts";
import { config } from "../config.ts";
import { type DataFailure, fetchDocument, type Loaded, useDocument } from "../data.ts";
import { documents } from "../documents.ts";

/** Null for no text. */
export function useExplained(text: string): Loaded<ExplainReport> | null {
  const isLive = config.mode === "live";
  const told = useDocument(isLive && text !== "" ? documents.explain(text) : null);
  const found = useIndexed(isLive ? "" : text);
  if (text === "") return null;
  return isLive ? told : found;
}

function useIndexed(text: string): Loaded<ExplainReport> {
  const [answer, setAnswer] = useState<{ text: string; loaded: Loaded<ExplainReport> } | null>(null);
  useEffect(() => {
    let isWanted = text !== "";
    if (!isWanted) return undefined;
    const answered = (loaded: Loaded<ExplainReport>): void => {
      if (isWanted) setAnswer({ text, loaded });
    };
    explainHere(text).then(
      (document) => answered({ state: "ready", document, isStale: false }),
      (error: unknown) => answered({ state: "failed", failure: failureOf(error) }),
    );
    return () => {
      isWanted = false;
    };
  }, [text]);
  return answer?.text === text ? answer.loaded : { state: "loading" };
}

function failureOf(error: unknown): DataFailure {
  if (error instanceof MvgitError) return { code: error.code, message: error.message, hint: error.hint ?? null };
  if (error instanceof Error) return { code: "bug", message: error.message, hint: null };
  return error as DataFailure;
}

/** Throws what `explainIn` throws, and a `DataFailure`. */
async function explainHere(text: string): Promise<ExplainReport> {
  const index = await fetchDocument(documents.index());
  const found = await explainIn({ index, moves: movesOf }, text);
  const [first] = found.matches;
  if (first === undefined) {
    const hint =
      index.foldersLeftOut > 0
        ? "these pages do not list the files of every folder: 'mvgit explain' in a clone looks at all of them"
        : "these pages know what was exported: 'mvgit explain' in a clone looks at all there is";
    throw { code: "label-unknown", message: `no version here is made of ${found.what}`, hint } satisfies DataFailure;
  }
  const { label: _, ...shown } = await fetchDocument(documents.show(`${first.model}@v${first.version}`));
  const moves = await movesOf(first.model);
  const named = first.event;
  const event = moves.find((move) => move.stage === named?.stage && move.event === named.number) ?? null;
  const matches = found.matches.map(({ event: __, ...match }) => match);
  return { ...shown, what: found.what, matches, periods: periodsOf(moves, first.version), event };
}

/** None where the model has never been in a stage. */
async function movesOf(model: ModelName): Promise<EventReport[]> {
  return fetchDocument(documents.history(model)).then(
    ({ events }) => events,
    ({ code }: DataFailure) => {
      if (code === "not-here" || code === "label-unknown") return [];
      throw failureOf({ code, message: `the moves of '${model}' could not be read`, hint: null });
    },
  );
}

/** What of a text is asked about: a receipt without what somebody's log wrapped it in, what a document names. */
export function askedFor(text: string): string {
  const plain = text.trim();
  if (!isDocument(plain)) return plain;
  const { receipt, named } = readDocumentOf(plain);
  return receipt === null ? (named ?? plain) : formatReceipt(receipt);
}
