/** What a look finds of stages and remarks, held against what was seen of them before. */
import type { ModelName } from "../values/label.ts";
import { type Chain, type NewestEvent, newestEvents, readChains, type StageOf } from "./chain.ts";
import { chainName } from "./chain-of.ts";
import type { Look } from "./look.ts";
import { NO_REMARKS, readRemarks, type Remarks } from "./remarks.ts";
import { nameOf } from "./versions.ts";

type Asked = Pick<Look, "git" | "refs"> & {
  means: Pick<Look["means"], "memory"> & Partial<Pick<Look["means"], "refused">>;
};

/**
 * As `readChains`: what was seen of a chain and is not there any more is its first problem, also where all of it is
 * gone; so is a newest event that readers are told to refuse.
 */
export async function chainsSeen(look: Asked, only: Partial<StageOf> = {}): Promise<Chain[]> {
  const chains = await notTakenBack(look, await readChains(look.git, look.refs, only), only);
  const refused = await refusedOf(look, chains.filter(isTrusted));
  return chains.map((chain) => {
    const problem = refused.get(chainName(chain));
    return problem === undefined ? chain : { ...chain, problems: [problem] };
  });
}

function isTrusted({ problems, events }: Chain): boolean {
  return problems.length === 0 && events.length > 0;
}

/** What is delivered is what is shown. */
async function refusedOf(
  { git, refs, means }: Asked,
  stages: readonly StageOf[],
): Promise<ReadonlyMap<string, string>> {
  if (stages.length === 0) return new Map();
  return (await means.refused?.({ git, refs }, stages)) ?? new Map();
}

async function notTakenBack(look: Asked, chains: Chain[], only: Partial<StageOf>): Promise<Chain[]> {
  const { refs, means } = look;
  const memory = await means.memory?.();
  if (memory === undefined) return chains;
  const lost = stagesLost(await memory.lost(refs, only), only);
  memory.remember({
    links: chains.flatMap((chain) => {
      const last = chain.events.at(-1);
      return last && isWhole(chain, lost) ? [{ of: chain, number: last.event.number, oid: last.oid }] : [];
    }),
  });
  const there = chains.map((chain) => {
    const each = lost.get(chainName(chain));
    return each === undefined ? chain : { ...chain, problems: [each.problem, ...chain.problems] };
  });
  return [
    ...there,
    ...goneOf(chains, lost).map(({ of, problem }) => ({ ...of, events: [], problems: [problem], foreign: [] })),
  ];
}

/** As `newestEvents`, with the same. */
export async function newestSeen(look: Asked, only: { model?: ModelName } = {}): Promise<NewestEvent[]> {
  const newest = await newestNotTakenBack(look, await newestEvents(look.git, look.refs, only), only);
  const refused = await refusedOf(
    look,
    newest.filter(({ event }) => event !== null),
  );
  return newest.map((each): NewestEvent => {
    const problem = refused.get(chainName(each));
    return problem === undefined ? each : { model: each.model, stage: each.stage, event: null, problem };
  });
}

async function newestNotTakenBack(
  look: Asked,
  newest: NewestEvent[],
  only: { model?: ModelName },
): Promise<NewestEvent[]> {
  const { refs, means } = look;
  const memory = await means.memory?.();
  if (memory === undefined) return newest;
  const lost = stagesLost(await memory.lost(refs, only), only);
  memory.remember({
    links: newest.flatMap((each) =>
      each.event && !lost.has(chainName(each))
        ? [{ of: each, number: each.event.event.number, oid: each.event.oid }]
        : [],
    ),
  });
  const there = newest.map((each): NewestEvent => {
    const gone = lost.get(chainName(each));
    return gone === undefined ? each : { ...gone.of, event: null, problem: gone.problem };
  });
  return [...there, ...goneOf(newest, lost).map(({ of, problem }) => ({ ...of, event: null, problem }))];
}

/** As `readRemarks`, with the same. */
export async function remarksSeen(
  look: Asked,
  only: { model?: ModelName; version?: number } = {},
): Promise<Map<string, Remarks>> {
  const { git, refs, means } = look;
  const found = await readRemarks(git, refs, only);
  const memory = await means.memory?.();
  if (memory === undefined) return found;
  for (const { of, problem } of await memory.lost(refs, only)) {
    if (of.stage !== undefined || (only.version !== undefined && of.version !== only.version)) continue;
    const said = found.get(nameOf(of)) ?? NO_REMARKS;
    found.set(nameOf(of), { ...said, problems: [problem, ...said.problems] });
  }
  memory.remember({
    links: [...found.values()].flatMap(({ problems, links }) => {
      const last = problems.length === 0 ? links.at(-1) : undefined;
      if (last === undefined) return [];
      const { model, version, number } = last.value;
      return [{ of: { model, version }, number, oid: last.oid }];
    }),
  });
  return found;
}

function isWhole(chain: Chain, lost: ReadonlyMap<string, LostStage>): boolean {
  return chain.problems.length === 0 && !lost.has(chainName(chain));
}

interface LostStage {
  of: StageOf;
  problem: string;
}

function stagesLost(
  lost: readonly { of: Parameters<typeof chainName>[0]; problem: string }[],
  only: Partial<StageOf>,
): Map<string, LostStage> {
  return new Map(
    lost.flatMap(({ of, problem }) =>
      of.stage === undefined || (only.stage !== undefined && of.stage !== only.stage)
        ? []
        : [[chainName(of), { of: { model: of.model, stage: of.stage }, problem }]],
    ),
  );
}

/** Those of which nothing is there. */
function goneOf(there: readonly StageOf[], lost: ReadonlyMap<string, LostStage>): LostStage[] {
  const names = new Set(there.map(chainName));
  return [...lost].flatMap(([name, each]) => (names.has(name) ? [] : [each]));
}
