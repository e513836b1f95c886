/** From a version to those beside it, and to the comparisons that people ask for first. */
import type { LogLine } from "../../registry/log.ts";
import { display } from "../../base/display.ts";
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import { formatRoute } from "../route.ts";
import type { VersionOf } from "./version-of.ts";

/** Stages whose versions are offered. */
const MOST = 4;

export function Beside({ label, version: { package: pack } }: VersionOf) {
  const { model, version, from } = pack;
  const log = useDocument(documents.log(model));
  if (log.state !== "ready") return <nav class="beside" aria-label="Other versions" />;
  const lines = log.document.versions.toSorted((a, b) => a.version - b.version);
  const shown = lines.filter(({ retracted }) => retracted === null);
  const before = shown.findLast((line) => line.version < version);
  const after = shown.find((line) => line.version > version);
  const wasFrom = lines.some((line) => line.version === from) ? from : (before?.version ?? null);
  return (
    <nav class="beside" aria-label="Other versions">
      {before !== undefined && (
        <a href={formatRoute({ kind: "version", label: `${model}@v${before.version}` })} rel="prev">
          <span aria-hidden="true">← </span>
          <span class="visually-hidden">The version before: </span>v{before.version}
        </a>
      )}
      {after !== undefined && (
        <a href={formatRoute({ kind: "version", label: `${model}@v${after.version}` })} rel="next">
          <span class="visually-hidden">The version after: </span>v{after.version}
          <span aria-hidden="true"> →</span>
        </a>
      )}
      {wasFrom !== null && <Comparison label={label} against={`${model}@v${wasFrom}`} words={`v${wasFrom}`} />}
      {heldNow(shown, version)
        .filter((held) => held.version !== wasFrom)
        .map((held) => (
          <Comparison
            key={held.stage}
            label={label}
            against={`${model}@v${held.version}`}
            words={`${display(held.stage)} (v${held.version})`}
          />
        ))}
    </nav>
  );
}

function Comparison({ label, against, words }: { label: string; against: string; words: string }) {
  return <a href={formatRoute({ kind: "compare", labels: [against, label] })}>Compare with {words}</a>;
}

/** What other versions are in use, each once. */
function heldNow(lines: readonly LogLine[], version: number): { stage: string; version: number }[] {
  return lines
    .filter((line) => line.version !== version && line.stages.length > 0)
    .slice(-MOST)
    .map((line) => ({ stage: line.stages.join(", "), version: line.version }));
}
