/** What MLflow's client told of a run that goes on, or that was killed: the newest value of each score. */
import * as fs from "node:fs";
import { join } from "node:path";
import { readJournalLine } from "../../../mlflow/journal.ts";
import { asMetric, type Metrics } from "../../../values/recorded-values.ts";
import type { Repo } from "../../../repo/repo.ts";
import { runFolder } from "../../../repo/runs.ts";

/** Beside the run's log. */
export function journalOf(repo: Pick<Repo, "git">, id: string): string {
  return join(runFolder(repo, id), "log.mlflow.jsonl");
}

/** Bytes at the end of a journal that are looked at: the newest values stand there. */
const END = 1024 * 1024;

/** Of all its runs together, as they came last; nothing where it recorded none. */
export function trackedScores(repo: Pick<Repo, "git">, id: string): Metrics {
  const scores = Object.create(null) as Metrics;
  for (const line of lastLines(journalOf(repo, id)))
    for (const { name, value } of readJournalLine(line)?.points ?? []) {
      const metric = asMetric(value);
      if (metric !== null) scores[name] = metric;
    }
  return scores;
}

function lastLines(file: string): string[] {
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return [];
  const fd = fs.openSync(file, "r");
  try {
    const bytes = Buffer.alloc(Math.min(size, END));
    const got = fs.readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes.toString("utf8", 0, got).split("\n");
    return size > END ? lines.slice(1) : lines;
  } finally {
    fs.closeSync(fd);
  }
}
