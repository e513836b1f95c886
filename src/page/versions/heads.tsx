/** The heads of the table: a click sorts by a column, one with shift by it as well. */
import { display } from "../../base/display.ts";
import type { Column, Columns } from "../../values/version-columns.ts";
import { formatSort, parseSort, type SortKey } from "../../values/version-order.ts";
import { isNumber } from "./cell.tsx";

interface HeadsProps {
  shown: readonly Column[];
  keys: readonly SortKey[];
  columns: Columns;
  onSort: (sort: string) => void;
}

export function Heads({ shown, keys, columns, onSort }: HeadsProps) {
  const press = (column: Column, isAlso: boolean): void => onSort(formatSort(nextKeys(keys, column, columns, isAlso)));
  return (
    <>
      {shown.map((column, at) => (
        <Head key={column.id} {...{ column, keys }} isVersion={at === 0} onPress={(isAlso) => press(column, isAlso)} />
      ))}
    </>
  );
}

interface HeadProps {
  column: Column;
  keys: readonly SortKey[];
  isVersion: boolean;
  onPress: (isAlso: boolean) => void;
}

function Head({ column, keys, isVersion, onPress }: HeadProps) {
  const at = keys.findIndex((key) => key.column.id === sortedBy(column));
  const key = keys[at];
  const name = isVersion ? "version" : display(column.title);
  return (
    <th
      scope="col"
      class={`${isNumber(column) ? "number" : ""} ${isVersion ? "version" : ""}`}
      {...(key !== undefined && at === 0 && { "aria-sort": key.isDescending ? "descending" : "ascending" })}
    >
      <button
        type="button"
        class="sort"
        title={`${name}: sort by it; with shift, by it as well`}
        onClick={({ shiftKey }) => onPress(shiftKey)}
      >
        <span class="sort-name">{name}</span>
        {key !== undefined && (
          <span class="sort-mark" aria-hidden="true">
            {key.isDescending ? "↓" : "↑"}
            {keys.length > 1 && at + 1}
          </span>
        )}
      </button>
    </th>
  );
}

/** Labels sort as their numbers, ages as times: what one sees is what one sorts. */
function sortedBy({ id }: Column): string {
  return id === "label" ? "version" : id;
}

/** As the column sorts by itself, then the other way, then not by it. */
function nextKeys(keys: readonly SortKey[], { id }: Pick<Column, "id">, columns: Columns, isAlso: boolean): SortKey[] {
  const wanted = columns.all.find((each) => each.id === sortedBy({ id } as Column));
  if (wanted === undefined) return [...keys];
  const at = keys.findIndex(({ column }) => column.id === wanted.id);
  const usual = parseSort(wanted.title, columns);
  const first = usual.kind === "keys" ? (usual.keys[0] as SortKey) : { column: wanted, isDescending: false };
  const old = keys[at];
  if (old === undefined) return isAlso ? [...keys, first] : [first];
  const turned = { ...old, isDescending: !old.isDescending };
  const next = old.isDescending === first.isDescending ? [turned] : [];
  return isAlso ? keys.toSpliced(at, 1, ...next) : next;
}
