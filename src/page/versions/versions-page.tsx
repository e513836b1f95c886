/** The versions of a model: a table to sort, filter and choose from, and charts of the same versions. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { systemClock } from "../../base/clock.ts";
import { formatCount, plural } from "../../base/counts.ts";
import { display } from "../../base/display.ts";
import type { LogLine, LogReport } from "../../registry/log.ts";
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import { Ready } from "../parts/loading.tsx";
import { Problems } from "../parts/problems.tsx";
import type { Route } from "../route.ts";
import { Charts } from "./charts.tsx";
import { ColumnChooser } from "./column-chooser.tsx";
import { FilterField } from "./filter-field.tsx";
import { Grid } from "./grid.tsx";
import { PickedBar } from "./picked-bar.tsx";
import { Taking } from "./taking.tsx";
import { useTable, type VersionTable } from "./use-table.ts";
import { useTyped } from "./use-typed.ts";
import { readView, showView, type ViewState } from "./view-state.ts";

type VersionsRoute = Extract<Route, { kind: "versions" }>;

export function VersionsPage(route: VersionsRoute) {
  const log = useDocument(documents.log(route.model));
  return <Ready of={log}>{(report) => <Versions route={route} report={report} />}</Ready>;
}

function Versions({ route, report: { versions, problems } }: { route: VersionsRoute; report: LogReport }) {
  const { model } = route;
  const view = readView(route.state);
  const [now] = useState(() => systemClock.now());
  const show = (change: Partial<ViewState>, options?: { step?: boolean }): void => showView(route, change, options);
  const [where, setWhere] = useTyped(view.where, (text) => show({ where: text }));
  const table = useTable(versions, { ...view, where }, now);
  const byNumber = useMemo(() => new Map(versions.map((line) => [line.version, line])), [versions]);
  const picked = useMemo(() => new Set(view.picked.filter((each) => byNumber.has(each))), [route.state, byNumber]);
  const { columns, shown, lines, problem } = table;
  return (
    <>
      <Problems of={problems} />
      <FilterField
        text={where}
        problem={problem?.of === "where" ? problem.problem : null}
        onText={setWhere}
        {...{ columns, lines: table.all }}
      />
      <div class="tools">
        <Count {...{ table, versions, view }} />
        <Hidden versions={versions} isShown={view.retracted} onChange={(retracted) => show({ retracted })} />
        <span class="room" />
        <ColumnChooser {...{ columns, shown, lines: table.all }} onColumns={(names) => show({ columns: names })} />
        <Taking {...{ model, lines, shown }} />
        {(view.sort || view.columns || where) !== "" && (
          <button
            type="button"
            onClick={() => {
              setWhere("");
              show({ where: "", sort: "", columns: "" }, { step: true });
            }}
          >
            Reset
          </button>
        )}
      </div>
      <AddressProblem problem={problem} />
      <Charts
        {...{ model, lines, columns, view, picked }}
        onShow={(change) => show(change)}
        onPick={(version) => show({ picked: [...toggled(picked, version)] })}
        onFilter={(more) => setWhere(bothFilters(where, more))}
      />
      <PickedBar {...{ model, picked }} onClear={() => show({ picked: [] })} />
      <Grid
        label={`Versions of ${model}`}
        {...{ table, byNumber, picked, now }}
        onSort={(sort) => show({ sort }, { step: true })}
        onPick={(next) => show({ picked: next })}
      />
      {lines.length === 0 && <p class="note">No version is let through by the filter.</p>}
    </>
  );
}

function toggled(picked: ReadonlySet<number>, version: number): Set<number> {
  const next = new Set(picked);
  if (!next.delete(version)) next.add(version);
  return next;
}

/** A filter that lets through what both do. */
function bothFilters(where: string, more: string): string {
  if (where.trim() === "" || more === "") return where.trim() === "" ? more : where;
  return /\bor\b/i.test(where) ? `(${where}) and ${more}` : `${where} and ${more}`;
}

/** What is typed tells its problems itself; the rest can only come from a link. */
function AddressProblem({ problem }: Pick<VersionTable, "problem">) {
  if (problem === null || problem.of === "where") return null;
  const { message, hint } = problem.problem;
  return (
    <p class="note warn">
      In the address, {problem.of}: {display(message)}
      {hint !== null && `; ${display(hint)}`}
    </p>
  );
}

type CountProps = { table: VersionTable; versions: readonly LogLine[]; view: ViewState };

function Count({ table: { lines, all, problem }, versions, view }: CountProps) {
  const [told, tell] = useState("");
  const words =
    lines.length === all.length
      ? plural(all.length, "version")
      : `${formatCount(lines.length)} of ${plural(all.length, "version")}`;
  const hidden = view.retracted ? 0 : versions.length - all.length;
  // Not at every letter.
  useEffect(() => {
    const timer = setTimeout(() => tell(words), 500);
    return () => clearTimeout(timer);
  }, [words]);
  return (
    <>
      <strong class="count">{words}</strong>
      {problem?.of === "where" && <span class="faint">until the filter has a meaning</span>}
      {hidden > 0 && <span class="faint">{formatCount(hidden)} retracted left out</span>}
      <span class="visually-hidden" role="status">
        {told}
      </span>
    </>
  );
}

interface HiddenProps {
  versions: readonly LogLine[];
  isShown: boolean;
  onChange: (isShown: boolean) => void;
}

function Hidden({ versions, isShown, onChange }: HiddenProps) {
  const count = useMemo(() => versions.filter(({ retracted }) => retracted !== null).length, [versions]);
  if (count === 0) return null;
  return (
    <label>
      <input type="checkbox" checked={isShown} onChange={() => onChange(!isShown)} /> with retracted ones
    </label>
  );
}
