/** What a move of a stage would do, and what stands in its way, told before it is asked for. Nothing is changed. */
import { MvgitError } from "../base/errors.ts";
import { hostOf, listHost } from "../git/host.ts";
import type { GitRef } from "../git/reader.ts";
import { asVersionNumber, readRef } from "../values/label.ts";
import { brokenRule, type Rule } from "../values/policy.ts";
import type { Repo } from "../repo/repo.ts";
import { type Chain, heldBefore, heldNow, readChain, stageName, type StageOf } from "../registry/chain.ts";
import { type EventReport, reportOf } from "../registry/event-report.ts";
import { trusted } from "../registry/remarks.ts";
import { findVersion, openVersion, type Version } from "../registry/versions.ts";
import { refuseRetracted } from "./promote.ts";
import { checkSeen, remarksHere } from "./stage/seen.ts";
import { heldIn, policyRevision, rulesFor } from "./stage-policy.ts";
import { requireStored, type Stored } from "./stage/stored.ts";

export interface MoveCheckRequest extends StageOf {
  action: "promote" | "rollback";
  /** `vN`, or "none" to empty the stage; null for what a rollback goes back to. */
  to: string | null;
}

export interface MoveCheckReport extends StageOf {
  action: MoveCheckRequest["action"];
  /** What the stage holds, and the number of its newest event: 0 before the first. A move names it. */
  held: number | null;
  event: number;
  last: EventReport | null;
  /** What it would hold; null for nothing. */
  target: number | null;
  /** Git's remote that the move goes to; null where the clone works alone. */
  host: string | null;
  /** Events that the host has and this clone has not: to be fetched first. */
  news: number;
  /** What the stage's policy asks for; empty where there is none, or none is asked. */
  rules: { text: string; origin: string; broken: string | null }[];
  /** What was asked of the remote; null where that is not needed, or there is none. */
  stored: Stored | null;
  /** Why it would not be done; empty where nothing stands in its way. */
  problems: MvgitError[];
}

/** Throws what keeps it from being told at all: `label-unknown`, `chain-broken`, `usage`. */
export async function checkMove(repo: Repo, request: MoveCheckRequest): Promise<MoveCheckReport> {
  const { model, stage, action } = request;
  const refs = await repo.git.refs();
  checkSeen(repo, { model, stage }, refs);
  const chain = await readChain(repo.git, refs, { model, stage });
  const last = chain?.events.at(-1) ?? null;
  const target = targetOf(chain, request);
  const problems: MvgitError[] = [];
  const trying = async <R>(work: () => Promise<R>, fallback: R): Promise<R> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof MvgitError) || error.code === "bug") throw error;
      problems.push(error);
      return fallback;
    }
  };
  const host = await hostOf(repo.git);
  const news = host === null ? 0 : await trying(() => newsAt(repo, { model, stage }, { host, refs }), 0);
  const version = target === null ? null : await openVersion(repo.git, findVersion(refs, model, target));
  if (version !== null && version.version !== (chain && heldNow(chain)))
    await trying(
      async () => refuseRetracted(trusted(await remarksHere(repo, refs, version), version), version),
      undefined,
    );
  const isKnown = action === "rollback" && (chain?.events.some(({ event }) => event.version === target) ?? false);
  const asked = version !== null && !isKnown ? version : null;
  const rules = asked === null ? [] : await trying(() => judged(repo, request, { version: asked, refs, host }), []);
  const broken = rules.flatMap((rule) => rule.broken ?? []);
  if (broken.length > 0)
    problems.push(
      new MvgitError("policy-refused", `'${stage}' does not take v${target}: ${broken.join("; ")}`, {
        subject: stageName(request),
        hint: "the rules tell what it lacks",
      }),
    );
  const stored = asked === null ? null : await trying(() => requireStored(repo, asked), null);
  return {
    model,
    stage,
    action,
    held: chain && heldNow(chain),
    event: last?.event.number ?? 0,
    last: last && reportOf(last),
    target,
    host,
    news,
    rules,
    stored,
    problems,
  };
}

function targetOf(chain: Chain | null, { to, action, ...of }: MoveCheckRequest): number | null {
  if (action === "rollback" && (chain === null || heldNow(chain) === null))
    throw new MvgitError("label-unknown", `nothing is in ${stageName(of)}`, {
      subject: stageName(of),
      hint: "promote a version to it instead",
    });
  if (to === "none" && action === "rollback") return null;
  if (to === null && action === "rollback") {
    const before = chain && heldBefore(chain);
    if (before !== null) return before;
    throw new MvgitError("label-unknown", `nothing was in ${stageName(of)} before`, {
      subject: stageName(of),
      hint: "name a version, or empty the stage",
    });
  }
  const number = to === null ? null : asVersionNumber(to);
  if (number !== null) return number;
  throw new MvgitError("usage", "that is no version to move a stage to", { hint: "it is named as 'v5'" });
}

/** How many events of the stage the host has that are not here. */
async function newsAt(
  repo: Repo,
  of: StageOf,
  { host, refs }: { host: string; refs: readonly GitRef[] },
): Promise<number> {
  const here = new Set(refs.map(({ name }) => name));
  const theirs = await listHost(repo.git, host, [`refs/tags/${stageName(of)}#*`]);
  return [...theirs.keys()].filter((name) => readRef(name)?.kind === "event" && !here.has(name)).length;
}

async function judged(
  repo: Repo,
  { stage }: StageOf,
  { version, refs, host }: { version: Version; refs: readonly GitRef[]; host: string | null },
): Promise<MoveCheckReport["rules"]> {
  const rules: Rule[] = await rulesFor(repo, stage, await policyRevision(repo, host));
  const held = await heldIn(repo, { version, refs });
  return rules.map((rule) => ({
    text: rule.text,
    origin: rule.origin,
    broken: brokenRule(rule, { metrics: version.pack.metrics, held }),
  }));
}
