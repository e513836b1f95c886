/** Stage events out of GTO's: one after the other onto the chain, in the name and at the time of GTO's tag. */
import { createTag } from "../../git/tags.ts";
import type { ModelName, StageName } from "../../values/label.ts";
import { formatEvent, REASON_CAP } from "../../values/tag-message.ts";
import type { Repo } from "../../repo/repo.ts";
import { type Chain, heldNow, readChain, type StageEvent, stageName } from "../../registry/chain.ts";
import { highestNumber } from "../../registry/chain-of.ts";
import { findVersion, openVersion } from "../../registry/versions.ts";
import { isoTime } from "../../registry/event-report.ts";
import type { GtoMove } from "./plan.ts";

/** One move, as the report tells it. */
export interface ImportedMove {
  model: ModelName;
  stage: StageName;
  /** Number of the event; null when there is none. */
  event: number | null;
  version: number | null;
  before: number | null;
  by: string;
  /** ISO 8601 with offset. */
  time: string;
  /** GTO's tag. */
  tag: string;
  /** `left`: the stage was moved by mvgit later than that. */
  what: "made" | "unchanged" | "left";
}

export interface StageMoves {
  model: ModelName;
  stage: StageName;
  moves: readonly GtoMove[];
  /** The number here of GTO's version. */
  numberOf: (move: GtoMove) => number | null;
  dryRun: boolean;
}

/** Makes what the chain lacks. Throws `chain-broken`. */
export async function importMoves(
  repo: Repo,
  { model, stage, moves, numberOf, dryRun }: StageMoves,
): Promise<ImportedMove[]> {
  const refs = await repo.git.refs();
  const chain = await readChain(repo.git, refs, { model, stage });
  const known = new Map((chain?.events ?? []).map((each) => [originOf(each), each.event.number]));
  const tip: Tip = {
    last: chain?.events.at(-1) ?? null,
    number: chain?.events.at(-1)?.event.number ?? highestNumber(refs, { model, stage }),
    held: chain && heldNow(chain),
  };
  const imported: ImportedMove[] = [];
  for (const move of moves) {
    const { tag } = move;
    const version = numberOf(move);
    const line = { model, stage, version, by: tag.tagger.name, time: isoTime(tag.tagger), tag: tag.tag };
    const done = known.get(tag.tag);
    if (done !== undefined) imported.push({ ...line, event: done, before: beforeOf(chain, done), what: "unchanged" });
    else if (version === tip.held || (tip.last && tip.last.tagger.time > tag.tagger.time))
      imported.push({ ...line, event: null, before: tip.held, what: "left" });
    else {
      imported.push({ ...line, event: tip.number + 1, before: tip.held, what: "made" });
      if (!dryRun) tip.last = await makeEvent(repo, { model, stage, version, move, tip });
      tip.number++;
      tip.held = version;
    }
  }
  return imported;
}

/** The end of the chain as it grows. */
interface Tip {
  last: StageEvent | null;
  number: number;
  held: number | null;
}

function beforeOf(chain: Chain | null, number: number): number | null {
  return chain?.events.find(({ event }) => event.number === number)?.event.before ?? null;
}

async function makeEvent(
  repo: Repo,
  {
    model,
    stage,
    version,
    move,
    tip,
  }: { model: ModelName; stage: StageName; version: number | null; move: GtoMove; tip: Tip },
): Promise<StageEvent> {
  const held =
    version === null ? null : await openVersion(repo.git, findVersion(await repo.git.refs(), model, version));
  const commit = held?.commit ?? (tip.last as StageEvent).commit;
  const event = {
    model,
    stage,
    number: tip.number + 1,
    version,
    before: tip.held,
    package: held?.packageHash ?? null,
    previous: tip.last?.oid ?? null,
    reason: reasonOf(move),
  };
  const name = `${stageName(event)}#${event.number}`;
  const oid = await createTag(repo.git.as(move.tag.tagger), name, { commit, message: formatEvent(event) });
  return { event, oid, commit, tagger: move.tag.tagger, signed: false };
}

/** GTO's message, and the name of its tag, by which a later import knows it again. */
function reasonOf({ tag }: GtoMove): string {
  const origin = `(GTO: ${tag.tag})`;
  let said = tag.message;
  while (Buffer.byteLength(said) * 3 + origin.length > REASON_CAP) said = said.slice(0, -Math.ceil(said.length / 10));
  return said === "" ? origin : `${said} ${origin}`;
}

function originOf({ event }: StageEvent): string | null {
  return /\(GTO: (\S+)\)$/.exec(event.reason)?.[1] ?? null;
}
