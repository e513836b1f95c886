/**
 * `mvgit explain`: from a receipt, a hash or a file back to the version, its data, code and people, and its stages over
 * time.
 */
import { resolve } from "node:path";
import { readUpTo } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { shortHash } from "../values/hash.ts";
import type { Repo } from "../repo/repo.ts";
import { type Chain, readChains, type StageEvent } from "../registry/chain.ts";
import { findVersion, nameOf, openVersion } from "../registry/versions.ts";
import { type EventReport, reportOf } from "./stages.ts";
import type { Match, Place } from "./read/explain-hash.ts";
import { findNamed, type Found, readDocumentOf } from "./read/explain-what.ts";
import { showOf, type ShowReport } from "./show.ts";

export type { Match };

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
 * `what`: a receipt in JSON, `@FILE` or `-` with one in it (`input` gives it), a hash or commit or the beginning of
 * one, a label, a move, or something on the disk. Throws `label-unknown` when nothing matches, `version-damaged` when a
 * receipt names another package than the version's.
 */
export async function explain(repo: Repo, what: string, input: () => Promise<string>): Promise<ExplainReport> {
  const refs = await repo.git.refs();
  const text = what === "-" ? await input() : what.startsWith("@") ? fileText(repo, what.slice(1)) : what;
  if (text.trim() === "")
    throw new MvgitError("usage", `${what === "-" ? "stdin" : `'${display(what)}'`} holds nothing`, {
      hint: "hand over a receipt, as 'mvgit receipt LABEL' prints it",
    });
  const found = text.trimStart().startsWith("{")
    ? await byDocument({ repo, refs }, text)
    : await findNamed({ repo, refs }, text.trim());
  const first = found.matches[0];
  if (first === undefined)
    throw new MvgitError("label-unknown", `no version here is made of ${found.what}`, {
      subject: display(what.slice(0, 200)),
      hint: "'git fetch --tags' brings the versions of others; 'mvgit log' lists all",
    });
  const chains = await readChains(repo.git, refs, { model: first.model });
  const { label: _, ...shown } = await showOf(
    repo,
    await openVersion(repo.git, findVersion(refs, first.model, first.version)),
    { chains, label: nameOf(first) },
  );
  const matches = found.matches.map(({ event: __, ...match }) => match);
  return { what: found.what, ...shown, matches, periods: periodsOf(chains, first), event: eventOf(chains, first) };
}

function fileText(repo: Repo, file: string): string {
  const bytes = readUpTo(resolve(repo.cwd, file), 64 * 1024);
  if (bytes === null)
    throw new MvgitError("usage", `there is no file '${display(file)}'`, {
      subject: display(file),
      hint: "'@FILE' names a file that holds a receipt",
    });
  return bytes.toString("utf8");
}

async function byDocument(place: Place, text: string): Promise<Found> {
  const { repo, refs } = place;
  const { receipt, named } = readDocumentOf(text);
  if (receipt === null && named !== null) return findNamed(place, named);
  if (receipt === null)
    throw new MvgitError("usage", "this is not a receipt of mvgit's", {
      hint: "a receipt is the line that 'mvgit receipt LABEL' prints",
    });
  const version = await openVersion(repo.git, findVersion(refs, receipt.model, receipt.version));
  if (version.packageHash !== receipt.package) {
    throw new MvgitError(
      "version-damaged",
      `the receipt names package ${shortHash(receipt.package)}, but ${nameOf(receipt)} here has ` +
        `${shortHash(version.packageHash)}`,
      {
        subject: nameOf(receipt),
        hint: "the number may have been given anew before it was pushed, or the tag replaced: 'mvgit audit' tells more",
      },
    );
  }
  const { model, stage, event } = receipt;
  return {
    what: "this receipt",
    matches: [
      {
        model,
        version: receipt.version,
        as: "receipt",
        ...(stage === undefined || event === undefined ? {} : { event: { stage, number: event } }),
      },
    ],
  };
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
    `the ${as} says that event ${event.number} brought v${version} to ${model}#${event.stage}, but the event ` +
      "tags do not",
    {
      subject: `${model}#${event.stage}`,
      hint: "'git fetch --tags' brings later events; 'mvgit audit' tells whether tags were changed",
    },
  );
}
