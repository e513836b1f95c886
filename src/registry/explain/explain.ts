/** From a receipt, a hash or a label back to the version, its data, code and people, and its stages over time. */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { isDocument, noReceipt, readDocumentOf } from "../../values/explain-text.ts";
import type { Chain, StageEvent } from "../chain.ts";
import { type EventReport, reportOf } from "../event-report.ts";
import { chainsSeen } from "../held-against.ts";
import type { Look } from "../look.ts";
import { showOf, type ShowReport } from "../show.ts";
import { findVersion, nameOf, openVersion } from "../versions.ts";
import { receiptMatch } from "./documents.ts";
import type { Found, Match } from "../../values/found.ts";
import { findNamed } from "./what.ts";

/** A time during which a stage held the version. */
export interface Period {
  stage: string;
  /** The move that brought it there. */
  from: EventReport;
  /** The move that took it away; null while it is there. */
  to: EventReport | null;
}

export interface ExplainReport extends Omit<ShowReport, "label"> {
  /** What was looked for, in words. */
  what: string;
  /** Every version that it belongs to, the newest first; the report is of the first of them. */
  matches: Omit<Match, "event">[];
  periods: Period[];
  /** Of a receipt with a stage, and of a move: the move by which the version was there. */
  event: EventReport | null;
}

/**
 * `text`: a receipt or document in JSON, a hash or commit or the beginning of one, a label, a move, or what the finders
 * know. Throws `label-unknown` when nothing matches, `usage` for what means nothing, `version-damaged` when a receipt
 * names another package than the version's. `asked`: what was
 * typed for the text.
 */
export async function explain(look: Look, text: string, asked = text): Promise<ExplainReport> {
  const { git, refs } = look;
  const found = isDocument(text) ? await byDocument(look, text) : await findNamed(look, text.trim());
  const first = found.matches[0];
  if (first === undefined)
    throw new MvgitError("label-unknown", `no version here is made of ${found.what}`, {
      subject: display(asked.slice(0, 200)),
      hint: "'git fetch --tags' brings the versions of others; 'mvgit log' lists all",
    });
  const chains = await chainsSeen(look, { model: first.model });
  const { label: _, ...shown } = await showOf(
    look,
    await openVersion(git, findVersion(refs, first.model, first.version)),
    { chains, label: nameOf(first) },
  );
  const matches = found.matches.map(({ event: __, ...match }) => match);
  return { what: found.what, ...shown, matches, periods: periodsOf(chains, first), event: eventOf(chains, first) };
}

async function byDocument(look: Look, text: string): Promise<Found> {
  const { receipt, named } = readDocumentOf(text);
  if (receipt !== null) return { what: "this receipt", matches: [await receiptMatch(look, receipt)] };
  if (named !== null) return findNamed(look, named);
  throw noReceipt();
}

function periodsOf(chains: readonly Chain[], { version }: Match): Period[] {
  return chains.flatMap(({ events, stage }) =>
    events.flatMap((each: StageEvent, index) => {
      const next = events[index + 1];
      return each.event.version === version ? [{ stage, from: reportOf(each), to: next ? reportOf(next) : null }] : [];
    }),
  );
}

function eventOf(chains: readonly Chain[], { model, version, as, event }: Match): EventReport | null {
  if (event === undefined) return null;
  const chain = chains.find((each) => each.stage === event.stage);
  const found = chain?.events.find((each) => each.event.number === event.number);
  if (found?.event.version === version) return reportOf(found);
  throw new MvgitError(
    "chain-broken",
    prose`the ${as} says that event ${event.number} brought v${version} to ${model}#${event.stage}, but the
      event tags do not`,
    {
      subject: `${model}#${event.stage}`,
      hint: "'git fetch --tags' brings later events; 'mvgit audit' tells whether tags were changed",
    },
  );
}
