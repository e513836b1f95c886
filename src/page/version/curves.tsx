/** The curves that the run of a version recorded. */
import { useMemo } from "preact/hooks";
import { display } from "../../base/paths.ts";
import type { CurvesReport } from "../../registry/curves.ts";
import { Curves } from "../charts/curves.tsx";
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import { Ready } from "../parts/loading.tsx";
import type { VersionOf } from "./version-of.ts";

export function CurvesPart({ label }: VersionOf) {
  return <Ready of={useDocument(documents.curves(label))}>{(report) => <Recorded {...report} />}</Ready>;
}

function Recorded({ label, curves, notes }: CurvesReport) {
  const sources = useMemo(() => [{ label, curves }], [label, curves]);
  return (
    <>
      {curves.length === 0 ? (
        <p class="faint">Its run recorded none: MVGIT_LOG and MLflow&apos;s API record curves.</p>
      ) : (
        <Curves sources={sources} />
      )}
      {notes.map((note) => (
        <p key={note} class="faint">
          {display(note)}
        </p>
      ))}
    </>
  );
}
