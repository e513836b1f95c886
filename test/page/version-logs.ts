/** Logs of models, made up, as the page reads them. */
import type { LogLine, LogReport } from "../../src/registry/log.ts";
import type { ModelName } from "../../src/values/label.ts";
import { someLine } from "../support/version-lines.ts";

/** A line with nothing in it but what is given, as `log` tells it. */
export function logLine(given: Partial<LogLine>): LogLine {
  return { ...someLine(given as never), ...given } as LogLine;
}

export function logOf(versions: LogLine[], problems: string[] = []): LogReport {
  return { versions, total: versions.length, matched: versions.length, older: 0, hidden: 0, problems };
}

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const PEOPLE = ["Ada Lovelace <ada@example.com>", "Grace Hopper <grace@example.com>"];

/** The newest first. Scores, settings and stages vary, one in 17 is retracted, one in 11 has a note. */
export function manyVersions(count: number): LogLine[] {
  return Array.from({ length: count }, (_, at) => versionOf(count - at, count));
}

function versionOf(version: number, count: number): LogLine {
  const noise = ((version * 7919) % 101) / 101;
  const said = { number: 1, text: "good on short mails", by: "Ada", time: "2026-02-01T00:00:00+00:00" };
  return logLine({
    model: "spam" as ModelName,
    version,
    time: new Date(START + version * DAY * 0.01).toISOString(),
    author: PEOPLE[version % 2] as string,
    message: ["baseline", "try a larger batch", "longer context"][version % 3] as string,
    metrics: { accuracy: 0.8 + 0.15 * noise, loss: 1 - 0.8 * noise, f1: 0.7 + 0.2 * noise },
    params: {
      lr: [0.1, 0.01, 0.001][version % 3] as number,
      batch: 16 << (version % 3),
      optimizer: "adam",
      seed: version,
    },
    from: version > 1 ? version - 1 : null,
    stages: version === count ? ["production"] : [],
    seconds: 60 + version,
    size: 1000 * version,
    notes: version % 11 === 0 ? [said as never] : [],
    retracted: version % 17 === 0 ? ({ ...said, text: "trained on the test set" } as never) : null,
  });
}
