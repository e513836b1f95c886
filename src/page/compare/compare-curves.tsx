/** Curves of all versions, in one chart for each quantity. */
import { useMemo } from "preact/hooks";
import { display } from "../../base/display.ts";
import { Curves } from "../charts/curves.tsx";
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";

/** `labels`: as many as ever, for as long as it is drawn. */
export function CompareCurves({ labels }: { labels: readonly string[] }) {
  const order = labels.toSorted();
  const loaded = new Map(order.map((label) => [label, useDocument(documents.curves(label))] as const));
  const reports = labels.map((label) => loaded.get(label));
  const found = reports.map((each) => (each?.state === "ready" ? each.document : null));
  const sources = useMemo(() => found.flatMap((each) => each ?? []), found);
  const isLoading = reports.some((each) => each?.state === "loading");
  const lacking = labels.filter((_, at) => reports[at]?.state === "failed");
  return (
    <>
      <h2>Curves</h2>
      {isLoading && (
        <p class="loading" role="status">
          Reading…
        </p>
      )}
      {!isLoading && <Curves sources={sources} />}
      {lacking.length > 0 && <p class="hint">The curves of {lacking.join(", ")} are not here.</p>}
      {sources.flatMap(({ label, notes }) =>
        notes.map((note) => (
          <p class="hint" key={`${label} ${note}`}>
            {label}: {display(note)}
          </p>
        )),
      )}
    </>
  );
}
