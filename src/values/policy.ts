/**
 * A stage's policy: what a version must have before the stage takes it. Settings `mvgit.stage.NAME.requires` and
 * `.metric`.
 */
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { asStageName, type StageName } from "./label.ts";
import type { MetricValue } from "./package.ts";
import type { Setting } from "./settings.ts";

/** One rule; `text` and `origin` are for messages. */
export type Rule = { text: string; origin: string } &
  /** The version holds that stage now, or held it once. */
  ({ kind: "requires"; stage: StageName } | { kind: "metric"; metric: string; operator: Operator; bound: number });

const COMPARE = {
  ">=": (value: number, bound: number): boolean => value >= bound,
  "<=": (value: number, bound: number): boolean => value <= bound,
  "==": (value: number, bound: number): boolean => value === bound,
  "!=": (value: number, bound: number): boolean => value !== bound,
  ">": (value: number, bound: number): boolean => value > bound,
  "<": (value: number, bound: number): boolean => value < bound,
} as const;
type Operator = keyof typeof COMPARE;

/**
 * The rules of one stage among settings, each once; a value may list several, separated by commas. Throws
 * `setting-invalid`.
 */
export function readRules(settings: readonly Setting[], stage: StageName): Rule[] {
  const rules = new Map<string, Rule>();
  for (const { key, value, origin } of settings) {
    const kind = (["requires", "metric"] as const).find((each) => key === `mvgit.stage.${stage}.${each}`);
    if (kind === undefined) continue;
    for (const part of value
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== "")) {
      const rule = kind === "requires" ? readRequires(part) : readMetric(part);
      if (rule === null) throw invalid({ key, value, origin }, kind);
      rules.set(`${kind} ${part}`, { ...rule, text: `${key} = ${part}`, origin });
    }
  }
  return [...rules.values()];
}

/** The scores that policies of any stage name among settings, each once; what means nothing names none. */
export function policyScores(settings: readonly Setting[]): string[] {
  const values = settings.filter(({ key }) => /^mvgit\.stage\..+\.metric$/.test(key)).map(({ value }) => value);
  const rules = values.flatMap((value) => value.split(",")).map((part) => readMetric(part.trim()));
  return [...new Set(rules.flatMap((rule) => (rule === null ? [] : [rule.metric])))];
}

function readRequires(text: string): { kind: "requires"; stage: StageName } | null {
  const stage = asStageName(text);
  return stage && { kind: "requires", stage };
}

function readMetric(text: string): { kind: "metric"; metric: string; operator: Operator; bound: number } | null {
  const match = /^([^<>=!]+)(>=|<=|==|!=|>|<)\s*([-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)$/.exec(
    text,
  );
  return (
    match && {
      kind: "metric",
      metric: (match[1] as string).trim(),
      operator: match[2] as Operator,
      bound: Number(match[3]),
    }
  );
}

function invalid({ key, value, origin }: Setting, kind: string): MvgitError {
  const form =
    kind === "metric" ? "a score and a bound, such as 'accuracy>=0.95'" : "the name of a stage, such as 'staging'";
  return new MvgitError(
    "setting-invalid",
    `setting '${display(key)}' has the value '${display(value)}', which is not ${form}`,
    { subject: display(key), hint: `correct it in ${display(origin)}` },
  );
}

/** Why a version does not satisfy a rule, null when it does. `held`: stages that it holds or once held. */
export function brokenRule(
  rule: Rule,
  version: { metrics: Readonly<Record<string, MetricValue>>; held: ReadonlySet<string> },
): string | null {
  if (rule.kind === "requires") return version.held.has(rule.stage) ? null : `it was never in '${rule.stage}'`;
  const value = Object.hasOwn(version.metrics, rule.metric) ? version.metrics[rule.metric] : undefined;
  if (value === undefined) return `it has no score '${display(rule.metric)}'`;
  if (typeof value === "number" && COMPARE[rule.operator](value, rule.bound)) return null;
  return `its ${display(rule.metric)} is ${value}`;
}
