/** Settings, scores, files, packages and commands of the versions, a column for each, first the one to compare with. */
import { useMemo } from "preact/hooks";
import { formatCount, formatSize, plural } from "../../base/counts.ts";
import { display } from "../../base/display.ts";
import { type CompareAllReport, compareMany } from "../../values/compare-many.ts";
import { deltaWords, sideBySide, type SideRow } from "../../values/side-by-side.ts";
import { formatScore } from "../../values/scores.ts";
import type { Comparing, Shown } from "./comparing.ts";
import { type Cell, Rows, type Row } from "./rows.tsx";
import { Versions } from "./versions-head.tsx";

export function SideBySide({ shows, ...comparing }: Comparing & { shows: readonly Shown[] }) {
  const { isAll, change } = comparing;
  const report = useMemo(
    () => compareMany(shows.map(({ label, show }) => ({ label, pack: show.package }))),
    [shows.map(({ label, show }) => `${label} ${show.packageHash}`).join(" ")],
  );
  const { alike } = report;
  return (
    <>
      <p>
        <label>
          <input
            type="checkbox"
            checked={isAll}
            onChange={({ currentTarget }) => change({ isAll: currentTarget.checked })}
          />{" "}
          Show what is the same in all, too
        </label>
      </p>
      <div class="table-region side-by-side" role="region" aria-label="Versions side by side" tabIndex={0}>
        <table>
          <Versions {...comparing} shows={shows} />
          <Rows
            title="Scores"
            rows={scoreRows(shows, report, isAll)}
            alike={isAll ? 0 : alike.scores}
            columns={shows.length}
          />
          <Rows
            title="Settings"
            rows={settingRows(shows, report, isAll)}
            alike={isAll ? 0 : alike.params}
            columns={shows.length}
          />
          <Rows title="Data" rows={report.data.map(fileRow)} alike={alike.data} columns={shows.length} />
          <Rows title="Weights" rows={report.weights.map(fileRow)} alike={alike.weights} columns={shows.length} />
          <Rows
            title="Packages and environment"
            rows={report.environment.map(({ name, values, lacks }) => ({
              name,
              cells: values.map((value, at) => ({ text: lacks.includes(at) ? null : String(value) })),
            }))}
            alike={alike.environment}
            columns={shows.length}
            isFolded={report.environment.length > FOLDED}
          />
        </table>
      </div>
    </>
  );
}

/** Packages beyond which they are folded. */
const FOLDED = 10;

function scoreRows(shows: readonly Shown[], report: CompareAllReport, isAll: boolean): Row[] {
  const best = new Map(report.scores.map(({ name, best: at }) => [name, at]));
  return wanted(sideBySide(shows.map(({ show }) => show.package.metrics)), isAll).map(({ name, values }) => ({
    name,
    cells: values.map((value, at): Cell => {
      const isBest = best.get(name)?.includes(at) === true;
      const delta = at === 0 ? "" : deltaWords(name, values[0], value);
      return { text: value === undefined ? null : formatScore(value), isBest, ...(delta !== "" && { note: delta }) };
    }),
  }));
}

function settingRows(shows: readonly Shown[], report: CompareAllReport, isAll: boolean): Row[] {
  const origins = new Map(report.params.map((row) => [row.name, row.origins]));
  return wanted(sideBySide(shows.map(({ show }) => show.package.params)), isAll).map(({ name, values }) => ({
    name,
    cells: values.map((value, at): Cell => {
      const origin = origins.get(name)?.[at] ?? null;
      const isOther = at > 0 && value !== values[0];
      return {
        text: value === undefined ? null : String(value),
        isOther,
        ...(origin !== null && { title: `from ${display(origin)}` }),
      };
    }),
  }));
}

function wanted<T extends SideRow>(rows: readonly T[], isAll: boolean): T[] {
  return rows.filter(({ differs }) => isAll || differs);
}

function fileRow({ path, sides }: CompareAllReport["data"][number]): Row {
  const [base] = sides;
  return {
    name: path,
    cells: sides.map((side, at): Cell => {
      if (side === null) return { text: null };
      const { hash, size, files } = side;
      const words = files === undefined ? formatSize(size) : `${formatSize(size)} in ${plural(files, "file")}`;
      const isSame = at > 0 && hash === base?.hash;
      return {
        text: words,
        note: isSame ? "the same" : hash.slice(0, 10),
        title: `${hash}, ${formatCount(size)} bytes`,
      };
    }),
  };
}
