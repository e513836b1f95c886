/** What a version's command made when it was run again, held against what the version says. */
import { compareInterpreters } from "./compare-interpreters.ts";
import { compareSections } from "./compare-environments.ts";
import { compareParams, type Difference } from "./compare-packages.ts";
import type { Mapping, Scalar } from "./document.ts";
import { readEnvironmentRecord } from "./environment-record.ts";
import type { Hash } from "./hash.ts";
import type { MetricValue, Package } from "./package.ts";

/** `identical`: the same weights, byte for byte. `same scores`: other weights, as good as before. */
export type Verdict = "identical" | "same scores" | "differs";
/** In the order in which they explain the next; `result`: nothing but what the command made. */
export type Cause = "code" | "data" | "settings" | "environment" | "result";

export interface WeightResult {
  path: string;
  recorded: Hash;
  /** Null when the command left nothing there. */
  found: Hash | null;
  same: boolean;
}

export interface ScoreResult {
  name: string;
  recorded: MetricValue | null;
  found: MetricValue | null;
  delta: number | null;
  /** Null for what does not count: times, and scores that the version does not have. */
  within: boolean | null;
}

/** Names, or parts of names, of what a clock measured. */
const TIMED =
  /(^|[_./-])(seconds?|secs?|ms|time|duration|elapsed|latency|runtime|walltime|throughput|per_sec(ond)?)($|[_./-])/i;

/** Every score of either, by name. */
export function compareResults(
  recorded: Package["metrics"],
  found: Package["metrics"],
  tolerance: number,
): ScoreResult[] {
  return [...new Set([...Object.keys(recorded), ...Object.keys(found)])].toSorted().map((name) => {
    const [a, b] = [
      Object.hasOwn(recorded, name) ? (recorded[name] ?? null) : null,
      Object.hasOwn(found, name) ? (found[name] ?? null) : null,
    ];
    const delta = typeof a === "number" && typeof b === "number" ? b - a : null;
    return {
      name,
      recorded: a,
      found: b,
      delta,
      within: a === null || TIMED.test(name) ? null : isWithin(a, b, tolerance),
    };
  });
}

/** Absolute for numbers up to 1, relative to the larger one above; what is no number must be the same word. */
function isWithin(a: MetricValue, b: MetricValue | null, tolerance: number): boolean {
  if (typeof a !== "number" || typeof b !== "number") return a === b;
  return Math.abs(b - a) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));
}

/** Weights decide, and scores where they differ. */
export function verdictOf(weights: readonly WeightResult[], scores: readonly ScoreResult[]): Verdict {
  if (weights.length > 0 && weights.every((each) => each.same)) return "identical";
  const counted = scores.filter((each) => each.within !== null);
  return counted.length > 0 && counted.every((each) => each.within) && weights.every((each) => each.found !== null)
    ? "same scores"
    : "differs";
}

/** What is different from run to run on one machine, and explains nothing. */
const PASSING = /^(container\.id|memory\.bytes)$/;
/** Sections, those first that explain most. */
const SECTIONS = [
  "python",
  "r",
  "julia",
  "node",
  "conda",
  "frameworks",
  "locks",
  "container",
  "gpus",
  "variables",
  "system",
  "cpu",
];

/** What is compared by more than its words, or is no part of the environment. */
const APART = ["seen", "interpreters", "packages", "python", "tree", "outputs"];

/**
 * `as recorded`: all that was recorded is so now. `not known`: nothing is seen to differ, and too little was recorded
 * or seen to say more.
 */
export type EnvironmentState = "as recorded" | "differs" | "not known";

export interface MovedEnvironment {
  state: EnvironmentState;
  /** Interpreters and packages first. */
  differences: Difference<Scalar>[];
  /** Why it is not known; null unless it is not. */
  unknown: string | null;
}

/**
 * Of the folders of environments that a command had: those that are gone, and those of Node whose packages nobody
 * recorded.
 */
export interface EnvironmentFolders {
  missing: readonly string[];
  modules: readonly string[];
  /** What could not be made anew, by name. */
  lacking: readonly string[];
}

/** What moved in the environment since. */
export function movedEnvironment(
  recorded: Mapping,
  present: Mapping,
  { missing, modules, lacking }: EnvironmentFolders = { missing: [], modules: [], lacking: [] },
): MovedEnvironment {
  const interpreters = compareInterpreters(readEnvironmentRecord(recorded), readEnvironmentRecord(present));
  const rank = ({ name }: Difference<Scalar>): number =>
    (SECTIONS.indexOf(name.split(".")[0] as string) + SECTIONS.length + 1) % (SECTIONS.length + 1);
  const rest = (mapping: Mapping): Mapping =>
    Object.fromEntries(Object.entries(mapping).filter(([name]) => !APART.includes(name)));
  const others = compareSections(rest(recorded), rest(present))
    .filter((each) => !PASSING.test(each.name))
    .toSorted((a, b) => rank(a) - rank(b));
  const gone = missing.map((name): Difference<Scalar> => ({ name, a: "there", b: undefined }));
  const told = [...interpreters.differences, ...gone, ...others];
  const unmade = lacking
    .filter((name) => !told.some((each) => each.name.endsWith(`.${name.replace(/==.*$/, "")}`)))
    .map((name): Difference<Scalar> => ({ name, a: "recorded", b: undefined }));
  const differences = [...told, ...unmade];
  // Versions of before have Node in a section of its own.
  const ofPrograms =
    interpreters.unknown !== null && Object.hasOwn(recorded, "node") && Object.hasOwn(present, "node")
      ? null
      : interpreters.unknown;
  const unknown = ofPrograms ?? (modules.length > 0 ? `the files in '${modules[0]}' are not recorded` : null);
  if (differences.length > 0) return { state: "differs", differences, unknown: null };
  return { state: unknown === null ? "as recorded" : "not known", differences, unknown };
}

/** Settings that differ, but those that were masked. */
export function movedSettings(recorded: Package["params"], present: Package["params"]): Difference<Scalar>[] {
  const isMasked = (value: Scalar | undefined): boolean => typeof value === "string" && /\$\{[A-Z0-9_]+\}/.test(value);
  return compareParams({ params: recorded }, { params: present }).filter(
    (each) => !isMasked(each.a) && !isMasked(each.b),
  );
}
