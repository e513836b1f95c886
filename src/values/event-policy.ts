/**
 * Which events of a stage its policy let in, by the policy of their time. Pure: what was when is found out elsewhere.
 */
import type { StageName } from "./label.ts";
import type { MetricValue } from "./package.ts";
import { brokenRule, type Rule } from "./policy.ts";

/** One event beside its version. */
export interface JudgedEvent {
  number: number;
  /** Null for a stage that was emptied. */
  version: number | null;
  /** Of the version's package; null where the version is not here, or not the one that the event names. */
  metrics: Readonly<Record<string, MetricValue>> | null;
  /** Seconds since 1970, as its tag says. */
  time: number;
  /** Stages that the version had come to by then. */
  held: ReadonlySet<StageName>;
  /** The least policy that the version's own history had; -1 for none. */
  least: number;
  /** The newest policy of the branch when it first told of the event; null where it never did. */
  most(): Promise<number | null>;
}

/** A policy from its commit on, in the order of the branch. */
export interface PolicyState {
  /** Seconds since 1970, of the commit. */
  time: number;
  /** Of the stage; null where they could not be read. */
  rules: readonly Rule[] | null;
}

/**
 * For each event that no policy let in: its number, and a sentence for each broken rule. A move to what an event
 * before, which was let in, had brought is a way back and needs no rule. What is dated earlier than an event before it
 * counts as not earlier.
 */
export async function refusedEvents(
  events: readonly JudgedEvent[],
  policies: readonly PolicyState[],
): Promise<Map<number, string[]>> {
  const refused = new Map<number, string[]>();
  const letIn = new Set<number>();
  let before = -1;
  for (const event of events) {
    const { number, version, metrics } = event;
    const dated = Math.max(
      before,
      event.least,
      policies.findLastIndex(({ time }) => time <= event.time),
    );
    if (version === null || metrics === null || letIn.has(version)) {
      before = Math.max(before, event.least);
      continue;
    }
    let [at, broken] = [dated, brokenOf(event, policies[dated])];
    if (broken.length > 0) {
      const most = await event.most();
      at = most === null || most >= dated ? dated : Math.max(most, event.least);
      broken = brokenOf(event, policies[at]);
    }
    if (broken.length > 0) refused.set(number, broken);
    else letIn.add(version);
    before = Math.max(before, event.least, Math.min(at, dated));
  }
  return refused;
}

function brokenOf({ metrics, held }: JudgedEvent, policy: PolicyState | undefined): string[] {
  return (policy?.rules ?? []).flatMap((rule) => {
    const reason = brokenRule(rule, { metrics: metrics ?? {}, held });
    return reason === null ? [] : [`${reason} (${rule.text})`];
  });
}
