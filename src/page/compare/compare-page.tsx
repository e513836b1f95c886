/** Two to twenty versions side by side: each held against one of them. */
import { display } from "../../base/display.ts";
import type { ShowReport } from "../../registry/show.ts";
import { MOST_COMPARED } from "../../values/compare-many.ts";
import { goTo } from "../address.ts";
import { type Loaded, useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import { formatRoute, type Route } from "../route.ts";
import { CompareCurves } from "./compare-curves.tsx";
import type { Comparing } from "./comparing.ts";
import { Deep } from "./deep.tsx";
import { AddVersion } from "./add-version.tsx";
import { SideBySide } from "./side-by-side.tsx";

type CompareRoute = Extract<Route, { kind: "compare" }>;

export function ComparePage({ labels: given, state }: CompareRoute) {
  const labels = [...new Set(given)].slice(0, MOST_COMPARED);
  const asked = state.get("against");
  const against = asked !== null && labels.includes(asked) ? asked : (labels[0] ?? null);
  const isAll = state.get("all") === "1";
  const change: Comparing["change"] = (to) => {
    const next = { labels, against, isAll, ...to };
    const isFirst = next.against === null || next.against === next.labels[0] || !next.labels.includes(next.against);
    // What else stands in the address is the charts'.
    const kept = new URLSearchParams(state);
    for (const [name, value] of [
      ["against", isFirst ? null : next.against],
      ["all", next.isAll ? "1" : null],
    ] as const) {
      if (value === null) kept.delete(name);
      else kept.set(name, value);
    }
    goTo(formatRoute({ kind: "compare", labels: next.labels, state: kept }));
  };
  const ordered = against === null ? labels : [against, ...labels.filter((label) => label !== against)];
  const comparing = { labels: ordered, isAll, change };
  return (
    <>
      {new Set(given).size > MOST_COMPARED && (
        <p class="failure" role="alert">
          At most {MOST_COMPARED} versions are compared: the others in the address are left out.
        </p>
      )}
      <AddVersion labels={labels} onAdd={(label) => change({ labels: [...labels, label] })} />
      {/* Another number of versions is another page: each has a document of its own. */}
      {labels.length > 0 && <Compared key={labels.toSorted().join("..")} {...comparing} />}
    </>
  );
}

function Compared(comparing: Comparing) {
  const { labels, change } = comparing;
  const order = labels.toSorted();
  const loaded = new Map<string, Loaded<ShowReport>>();
  for (const label of order) loaded.set(label, useDocument(documents.show(label)));
  const shows = labels.flatMap((label) => {
    const each = loaded.get(label);
    return each?.state === "ready" ? [{ label, show: each.document }] : [];
  });
  const isLoading = [...loaded.values()].some(({ state }) => state === "loading");
  return (
    <>
      {labels.map((label) => {
        const each = loaded.get(label);
        if (each?.state !== "failed") return null;
        return (
          <div class="failure" role="alert" key={label}>
            <p>
              {display(label)}: {each.failure.message}{" "}
              <button type="button" onClick={() => change({ labels: labels.filter((other) => other !== label) })}>
                Leave it out
              </button>
            </p>
          </div>
        );
      })}
      {isLoading && (
        <p class="loading" role="status">
          Reading…
        </p>
      )}
      {!isLoading && shows.length < 2 && <p>Add another version to hold it against.</p>}
      {!isLoading && shows.length >= 2 && (
        <>
          <SideBySide {...comparing} shows={shows} />
          <CompareCurves key={shows.length} labels={shows.map(({ label }) => label)} />
          <Deep shows={shows} />
        </>
      )}
    </>
  );
}
