/**
 * The table of versions: of thousands of rows only those that are seen are drawn, each as high as the others. Arrows,
 * Home, End and the page keys move through it, space picks, shift with them picks what lies between.
 */
import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import type { LogLine } from "../../registry/log.ts";
import { useKeptFocus, useKeys, usePicking } from "./grid-acts.ts";
import { Heads } from "./heads.tsx";
import { Row } from "./row.tsx";
import type { VersionTable } from "./use-table.ts";
import { widthsOf } from "./widths.ts";
import { piecesOf, rowHeight, useWindow } from "./windowed.ts";

interface GridProps {
  label: string;
  table: VersionTable;
  /** Of all versions, whether they are shown or not. */
  byNumber: ReadonlyMap<number, LogLine>;
  picked: ReadonlySet<number>;
  now: number;
  onSort: (sort: string) => void;
  onPick: (picked: readonly number[]) => void;
}

export function Grid({ label, table, byNumber, picked, now, onSort, onPick }: GridProps) {
  const { lines, shown, keys, columns } = table;
  const [row] = useState(rowHeight);
  const { region, onScroll, seen } = useWindow(row);
  const widths = useMemo(() => widthsOf(table.all, shown, now), [table.all, shown]);
  const [active, setActive] = useState(0);
  const { pickOne, pickAll } = usePicking(lines, picked, onPick);
  const at = Math.min(active, lines.length - 1);
  const onKey = useKeys({ region, row, count: lines.length, active: at, onActive: setActive, onPick: pickOne });
  useLayoutEffect(() => region.current?.scrollTo({ top: 0 }), [keys]);
  return (
    <div
      class="table-region versions-grid"
      role="region"
      aria-label={label}
      tabIndex={0}
      ref={region}
      {...{ onScroll }}
    >
      <table aria-rowcount={lines.length + 1} onKeyDown={onKey} style={{ "--row": `${row}px` }}>
        <colgroup>
          <col class="pick" />
          {widths.map((width, each) => (
            <col key={shown[each]?.id} style={{ width: `calc(${width}ch + 1.3rem)` }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            <td class="pick">
              <PickAll {...{ lines, picked }} onPick={pickAll} />
            </td>
            <Heads {...{ shown, keys, columns, onSort }} />
          </tr>
        </thead>
        <Body
          {...{ table, byNumber, picked, now, row, seen, region }}
          active={at}
          onFocus={setActive}
          onPick={pickOne}
        />
      </table>
    </div>
  );
}

interface BodyProps extends Pick<GridProps, "table" | "byNumber" | "picked" | "now"> {
  region: { readonly current: HTMLDivElement | null };
  row: number;
  seen: readonly [number, number];
  active: number;
  onFocus: (index: number) => void;
  onPick: (index: number, isRange: boolean) => void;
}

function Body({ table: { lines, shown }, byNumber, picked, now, row, seen, active, region, ...acts }: BodyProps) {
  const focus = useKeptFocus(region, active);
  return (
    <tbody {...focus}>
      {piecesOf(lines.length, seen, active).map(({ from, to, isDrawn }) =>
        isDrawn ? (
          lines
            .slice(from, to)
            .map((line, offset) => (
              <Row
                key={line.version}
                {...{ line, shown, now, ...acts }}
                index={from + offset}
                before={line.from === null ? undefined : byNumber.get(line.from)}
                isPicked={picked.has(line.version)}
                isActive={from + offset === active}
              />
            ))
        ) : (
          <tr class="gap" key={`gap ${from === 0}`} aria-hidden="true">
            <td colSpan={shown.length + 1} style={{ height: `${(to - from) * row}px` }} />
          </tr>
        ),
      )}
    </tbody>
  );
}

/** Versions that one click may pick: more can neither be compared nor stand in an address. */
const MOST_AT_ONCE = 50;

interface PickAllProps {
  lines: readonly LogLine[];
  picked: ReadonlySet<number>;
  onPick: (isOn: boolean) => void;
}

function PickAll({ lines, picked, onPick }: PickAllProps) {
  const count = lines.length > MOST_AT_ONCE ? 0 : lines.filter(({ version }) => picked.has(version)).length;
  const isAll = count > 0 && count === lines.length;
  return (
    <input
      type="checkbox"
      aria-label="Pick all that are shown"
      checked={isAll}
      indeterminate={picked.size > 0 && !isAll}
      disabled={picked.size === 0 && (lines.length === 0 || lines.length > MOST_AT_ONCE)}
      onClick={() => onPick(picked.size === 0)}
    />
  );
}
