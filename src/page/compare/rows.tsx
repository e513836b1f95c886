/** Rows of one kind in the table of the comparison, with a heading that says how many are the same in all. */
import { useState } from "preact/hooks";
import { formatCount, plural } from "../../base/counts.ts";
import { display } from "../../base/display.ts";

export interface Cell {
  /** Null where the version lacks it. */
  text: string | null;
  isBest?: boolean;
  /** It is not as the version has it that it is held against. */
  isOther?: boolean;
  /** Said below it. */
  note?: string;
  title?: string;
}

export interface Row {
  name: string;
  cells: Cell[];
}

interface RowsProps {
  title: string;
  rows: readonly Row[];
  /** How many others there are that all have alike, and are not shown. */
  alike: number;
  columns: number;
  /** Whether it takes a press to see them. */
  isFolded?: boolean;
}

/** Rows of a kind that are drawn at first. */
const MOST = 300;

export function Rows({ title, rows, alike, columns, isFolded = false }: RowsProps) {
  const [isOpen, setOpen] = useState(!isFolded);
  const [most, setMost] = useState(MOST);
  if (rows.length === 0 && alike === 0) return null;
  const same = alike === 0 ? "" : `${formatCount(alike)} the same in all`;
  const count = rows.length === 0 ? "nothing differs" : `${formatCount(rows.length)} shown`;
  return (
    <tbody>
      <tr class="rows-title">
        <th scope="rowgroup" colSpan={columns + 1}>
          {isFolded ? (
            <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              {title}
            </button>
          ) : (
            title
          )}{" "}
          <span class="hint">{[count, same].filter((each) => each !== "").join(", ")}</span>
        </th>
      </tr>
      {isOpen && rows.slice(0, most).map((row) => <OneRow key={row.name} {...row} />)}
      {isOpen && rows.length > most && (
        <tr>
          <td colSpan={columns + 1}>
            <button type="button" onClick={() => setMost(rows.length)}>
              Show {plural(rows.length - most, "more row")}
            </button>
          </td>
        </tr>
      )}
    </tbody>
  );
}

function OneRow({ name, cells }: Row) {
  return (
    <tr>
      <th scope="row">
        <bdi>{display(name)}</bdi>
      </th>
      {cells.map((cell, at) => (
        // The columns stand in their order, and are told apart by nothing else.
        <td key={at} title={cell.title} class={classOf(cell)}>
          {cell.text === null ? <span class="lacks">none</span> : <bdi>{display(cell.text)}</bdi>}
          {cell.isBest === true && <strong class="best"> best</strong>}
          {cell.note !== undefined && <div class="hint">{cell.note}</div>}
        </td>
      ))}
    </tr>
  );
}

function classOf({ isBest, isOther }: Cell): string | undefined {
  if (isBest === true) return "is-best";
  return isOther === true ? "is-other" : undefined;
}
