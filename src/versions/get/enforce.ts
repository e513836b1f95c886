/**
 * What readers of a stage elsewhere are told to refuse: `mvgit.stage.NAME.enforce`, their own or of the host's default
 * branch.
 */
import { isMvgitError, type MvgitError } from "../../base/errors.ts";
import { PEOPLE_SKEW, SECOND } from "../../base/times.ts";
import type { Watch } from "../../base/watch.ts";
import { ownConfig } from "../../git/own-config.ts";
import type { GitReader, GitRef, Oid } from "../../git/reader.ts";
import { type JudgedEvent, refusedEvents } from "../../values/event-policy.ts";
import type { Label, StageName } from "../../values/label.ts";
import { brokenRule, readRules, type Rule } from "../../values/policy.ts";
import type { Setting } from "../../values/settings.ts";
import { readChains, type StageEvent, stageName, type StageOf } from "../../registry/chain.ts";
import { resolveLabel, type Resolved } from "../../registry/labels.ts";
import { isEnforced, refusal } from "../stage/judge.ts";
import { committedOf } from "./store.ts";

/** The repository, read from elsewhere or as its own folder has it. */
export interface Host {
  reader: GitReader;
  /** The commit of its default branch; null for none. */
  head: Oid | null;
  /** Refs whose full name begins with one of these. */
  refs(prefixes: readonly string[]): Promise<GitRef[]>;
}

interface Context {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  watch: Watch;
}

/** Seconds. */
const SKEW = PEOPLE_SKEW / SECOND;
/** Commits of the default branch that are looked at for older policies. */
const MOST_COMMITS = 300;

/**
 * Throws `policy-refused` where the policy, as it is now, does not take what the newest event brought, and no earlier
 * event that the policy of its time let in had brought the very same.
 */
export async function enforceElsewhere(
  host: Host,
  label: Label & { kind: "stage" },
  found: Resolved,
  context: Context,
): Promise<void> {
  const settings = await settingsOf(host, context);
  const refused = isEnforced(settings.all, label.stage) ? await judgeNewest(host, { label, found, settings }) : null;
  if (refused) throw refused;
}

/** Of these stages, by name, those of which `enforceElsewhere` refuses the newest event: why, in words. */
export async function refusedElsewhere(
  host: Host,
  { refs, stages }: { refs: readonly GitRef[]; stages: readonly StageOf[] },
  context: Context,
): Promise<Map<string, string>> {
  const settings = await settingsOf(host, context).catch(unreadable);
  // Nobody knows what they say: nothing is delivered either.
  if (isMvgitError(settings)) return new Map(stages.map((each) => [stageName(each), settings.message]));
  const refused = new Map<string, string>();
  for (const { model, stage } of stages.filter((each) => isEnforced(settings.all, each.stage))) {
    const label = { kind: "stage", model, stage } as const;
    // What cannot be resolved is delivered to nobody, and what is wrong with it is told of the version.
    const found = await resolveLabel(host.reader, refs, label).catch(notThere);
    const error = found && (await judgeNewest(host, { label, found, settings }).catch(unreadable));
    if (error) refused.set(stageName({ model, stage }), error.message);
  }
  return refused;
}

function notThere(error: unknown): null {
  if (isMvgitError(error, "label-unknown") || isMvgitError(error, "version-damaged")) return null;
  throw error;
}

/** A policy that means nothing lets nobody read, as `enforceElsewhere` says by throwing. */
function unreadable(error: unknown): MvgitError {
  if (isMvgitError(error, "setting-invalid")) return error;
  throw error;
}

interface Settings {
  own: readonly Setting[];
  /** With what is committed, in the order in which they count. */
  all: readonly Setting[];
}

async function settingsOf({ reader, head }: Host, { env, cwd, watch: { signal } }: Context): Promise<Settings> {
  const own = (await ownConfig({ env, cwd, signal })).filter(({ key }) => key.startsWith("mvgit.stage."));
  return { own, all: [...(head === null ? [] : await committedAt(reader, head)), ...own] };
}

/** As `committedOf`, once for each commit: many calls on one repository elsewhere ask. */
function committedAt(reader: GitReader, commit: Oid): Promise<Setting[]> {
  const known = COMMITTED.get(reader) ?? new Map<Oid, Promise<Setting[]>>();
  COMMITTED.set(reader, known);
  const settings = known.get(commit) ?? committedOf(reader, commit);
  known.set(commit, settings);
  settings.catch(() => known.delete(commit));
  return settings;
}

const COMMITTED = new WeakMap<GitReader, Map<Oid, Promise<Setting[]>>>();

/** What is thrown for the newest event; null where it may be read. */
async function judgeNewest(
  host: Host,
  {
    label,
    found: { version, event },
    settings: { own, all },
  }: { label: Label & { kind: "stage" }; found: Resolved; settings: Settings },
): Promise<MvgitError | null> {
  const { reader, head } = host;
  if (event === null) return null;
  const rules = readRules(all, label.stage);
  const held = await stagesOf(host, label, { version, rules });
  const now = rules.flatMap((rule) => {
    const reason = brokenRule(rule, { metrics: version.pack.metrics, held: held(Number.POSITIVE_INFINITY) });
    return reason === null ? [] : [`${reason} (${rule.text})`];
  });
  if (now.length === 0) return null;
  const [chain] = await readChains(reader, await host.refs([`refs/tags/${label.model}#${label.stage}#`]), label);
  const isSame = (each: StageEvent): boolean =>
    each.event.version === version.version &&
    each.event.package === version.packageHash &&
    each.commit === version.commit;
  const before = (chain?.events ?? []).slice(0, -1);
  if (
    before.some(isSame) &&
    (await wasLetIn(reader, {
      head,
      own,
      stage: label.stage,
      events: before.map((each): JudgedEvent => ({
        number: each.event.number,
        version: each.event.version,
        metrics: isSame(each) ? version.pack.metrics : null,
        // No date is before that of the version itself.
        time: Math.max(each.tagger.time, version.tag.tagger?.time ?? 0),
        held: held(each.tagger.time),
        least: -1,
        most: async () => null,
      })),
    }))
  )
    return null;
  return refusal(event, now);
}

/** Whether any of the events that brought the version was let in by the policy of its time. */
async function wasLetIn(
  reader: GitReader,
  {
    head,
    own,
    stage,
    events,
  }: { head: Oid | null; own: readonly Setting[]; stage: StageName; events: readonly JudgedEvent[] },
): Promise<boolean> {
  const policies: { time: number; rules: Rule[] }[] = [];
  let at = head ?? undefined;
  for (let count = 0; at !== undefined && count < MOST_COMMITS; count++) {
    const { parents, committer } = await reader.commit(at);
    policies.unshift({ time: committer.time, rules: readRules([...(await committedOf(reader, at)), ...own], stage) });
    at = parents[0];
  }
  // What the history that was not looked at said is not known: the oldest policy that is counts for all before.
  if (policies[0] && at !== undefined) policies[0].time = Number.NEGATIVE_INFINITY;
  const always = readRules(own, stage);
  const refused = await refusedEvents(events, [{ time: Number.NEGATIVE_INFINITY, rules: always }, ...policies]);
  return events.some(({ number, metrics }) => metrics !== null && !refused.has(number));
}

/** For a time, the stages that the version had come to by then, of those that rules ask for. */
async function stagesOf(
  host: Host,
  { model }: Label & { kind: "stage" },
  { version, rules }: { version: Resolved["version"]; rules: readonly Rule[] },
): Promise<(time: number) => Set<StageName>> {
  const stages = rules.flatMap((rule) => (rule.kind === "requires" ? [rule.stage] : []));
  const refs = stages.length === 0 ? [] : await host.refs(stages.map((stage) => `refs/tags/${model}#${stage}#`));
  const chains = (await readChains(host.reader, refs, { model })).filter(({ problems }) => problems.length === 0);
  return (time) =>
    new Set(
      chains
        .filter(({ events }) =>
          events.some(
            ({ event, commit, tagger }) =>
              event.version === version.version &&
              event.package === version.packageHash &&
              commit === version.commit &&
              tagger.time <= time + SKEW,
          ),
        )
        .map(({ stage }) => stage),
    );
}
