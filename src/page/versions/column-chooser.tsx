/** Which columns the table has, and in which order. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { display } from "../../base/display.ts";
import type { LogLine } from "../../registry/log.ts";
import type { Column, Columns } from "../../values/version-columns.ts";
import { formatNames } from "../../values/version-order.ts";
import { usualColumns } from "../../values/version-table.ts";
import { announce } from "../parts/announce.tsx";
import { Popup } from "../parts/popup.tsx";

interface ChooserProps {
  columns: Columns;
  shown: readonly Column[];
  lines: readonly LogLine[];
  /** Names as `formatNames` writes them; empty for the usual ones. */
  onColumns: (columns: string) => void;
}

/** Columns listed at once; a hostile repository has any number. */
const LISTED = 100;

export function ColumnChooser({ columns, shown, lines, onColumns }: ChooserProps) {
  const [find, setFind] = useState("");
  const set = (next: readonly Column[]): void => onColumns(formatNames(next.map(({ title }) => title)));
  const rest = columns.all.filter((column) => !shown.includes(column));
  const wanted = (column: Column): boolean => column.title.toLowerCase().includes(find.toLowerCase());
  const found = rest.filter(wanted);
  const list = useKeptFocus();
  return (
    <Popup name={`Columns (${shown.length})`}>
      <Presets {...{ columns, lines, onColumns, set }} />
      <label class="find">
        Find <input type="search" value={find} onInput={({ currentTarget }) => setFind(currentTarget.value)} />
      </label>
      <ul class="columns" {...list}>
        {shown
          .slice(1)
          .map((column, at) => wanted(column) && <Chosen key={column.id} {...{ column, shown, set }} at={at + 1} />)}
        {found.slice(0, LISTED).map((column) => (
          <li key={column.id}>
            <Box column={column} isOn={false} onChange={() => set([...shown, column])} />
          </li>
        ))}
      </ul>
      {found.length > LISTED && <p class="faint">{found.length - LISTED} more: find them by a part of the name.</p>}
    </Popup>
  );
}

/** A column that is chosen goes to another place in the list: who chose it by keyboard goes with it. */
function useKeptFocus() {
  const list = useRef<HTMLUListElement>(null);
  const last = useRef<string | undefined>(undefined);
  useLayoutEffect(() => {
    const boxes = [...(list.current?.querySelectorAll<HTMLElement>("[data-column]") ?? [])];
    const isLost = document.activeElement === document.body;
    if (isLost) boxes.find(({ dataset }) => dataset["column"] === last.current)?.focus();
  });
  const onFocusIn = ({ target }: FocusEvent): void => {
    last.current = (target as HTMLElement).dataset["column"];
  };
  return { ref: list, onFocusIn };
}

interface ChosenProps {
  column: Column;
  shown: readonly Column[];
  at: number;
  set: (next: readonly Column[]) => void;
}

function Chosen({ column, shown, at, set }: ChosenProps) {
  const name = display(column.title);
  const move = (to: number): void => {
    set(shown.toSpliced(at, 1).toSpliced(to, 0, column));
    announce(`${name} is column ${to + 1} of ${shown.length}`);
  };
  return (
    <li>
      <Box column={column} isOn onChange={() => set(shown.toSpliced(at, 1))} />
      <button
        type="button"
        class="plain"
        disabled={at <= 1}
        aria-label={`Move ${name} left`}
        onClick={() => move(at - 1)}
      >
        ←
      </button>
      <button
        type="button"
        class="plain"
        disabled={at === shown.length - 1}
        aria-label={`Move ${name} right`}
        onClick={() => move(at + 1)}
      >
        →
      </button>
    </li>
  );
}

function Box({ column, isOn, onChange }: { column: Column; isOn: boolean; onChange: () => void }) {
  return (
    <label>
      <input type="checkbox" checked={isOn} onChange={onChange} data-column={column.id} />{" "}
      <span>{display(column.title)}</span>{" "}
      <span class="faint">{column.kind === "score" || column.kind === "setting" ? column.kind : ""}</span>
    </label>
  );
}

/** Columns of one preset: each is drawn in every row. */
const MOST = 60;

function Presets({ columns, lines, onColumns, set }: Omit<ChooserProps, "shown"> & Pick<ChosenProps, "set">) {
  const of = (isWanted: (column: Column) => boolean) => (): void => set(columns.all.filter(isWanted).slice(0, MOST));
  const varying = (): void =>
    set(
      usualColumns(lines, columns)
        .filter(({ kind }) => kind === "setting")
        .slice(0, MOST),
    );
  return (
    <div class="tools">
      <button type="button" onClick={() => onColumns("")}>
        Usual
      </button>
      <button type="button" onClick={of(({ kind }) => kind === "score")}>
        All scores
      </button>
      <button type="button" onClick={varying}>
        Settings that vary
      </button>
      <button type="button" onClick={of(({ kind }) => kind === "setting")}>
        All settings
      </button>
    </div>
  );
}
