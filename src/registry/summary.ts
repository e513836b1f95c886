/** A version in one line: its scores, and in what it differs from the one it came from. */
import { formatCount } from "../base/counts.ts";
import { shellCommand } from "../base/shell.ts";
import { formatDelta, formatScore, scoreChange } from "../values/scores.ts";
import type { MetricValue, Package, PackageFile } from "../values/package.ts";

interface Score {
  name: string;
  value: MetricValue;
  /** Of the version before; null when it had none of that name. */
  before: MetricValue | null;
}

export interface Summary {
  scores: Score[];
  /** Names by what they are: `data`, `params`, `command`, `code`; only those that changed. */
  changed: { what: "data" | "params" | "command"; names: string[] }[];
}

/** `before`: the version it came from, null for none. */
export function summarise(pack: Package, before: Package | null): Summary {
  const scores = Object.entries(pack.metrics).map(([name, value]) => ({
    name,
    value,
    before: before?.metrics[name] ?? null,
  }));
  if (before === null) return { scores, changed: [] };
  const changed = [
    { what: "data" as const, names: differing(byPath(pack.data), byPath(before.data)) },
    { what: "params" as const, names: differing(pack.params, before.params) },
    {
      what: "command" as const,
      names:
        pack.run && before.run && pack.run.command.join("\0") !== before.run.command.join("\0")
          ? [shellCommand(pack.run.command)]
          : [],
    },
  ];
  return { scores, changed: changed.filter((each) => each.names.length > 0) };
}

function byPath(files: readonly PackageFile[]): Record<string, string> {
  return Object.fromEntries(files.map((each) => [each.path, each.hash]));
}

function differing(now: Readonly<Record<string, unknown>>, before: Readonly<Record<string, unknown>>): string[] {
  return [...new Set([...Object.keys(now), ...Object.keys(before)])].filter((name) => now[name] !== before[name]);
}

/** `accuracy 0.9731 (+0.0042)`. */
function scoreText({ name, value, before }: Score): string {
  const change = scoreChange(name, before ?? undefined, value);
  const score = `${name} ${formatScore(value)}`;
  if (change === null) return score;
  return `${score} (${change.delta === 0 ? "same" : formatDelta(change.delta)})`;
}

/** Scores and names shown in one line; the rest is counted. */
const SHOWN = 4;

/**
 * The parts of a summary as texts: the scores, then what changed; each "" where there is nothing. `most`: of each kind,
 * the rest is counted.
 */
export function summaryTexts({ scores, changed }: Summary, most = SHOWN): { scores: string; changed: string } {
  const few = (texts: readonly string[]): string =>
    texts.length > most
      ? `${texts.slice(0, most).join(", ")} and ${formatCount(texts.length - most)} more`
      : texts.join(", ");
  return {
    scores: few(scores.map(scoreText)),
    changed: changed.map(({ what, names }) => `${what} changed: ${few(names)}`).join("; "),
  };
}
