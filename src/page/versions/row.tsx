/** One row of the table of versions; it is drawn anew only when something of its own changed. */
import { useMemo } from "preact/hooks";
import type { LogLine } from "../../registry/log.ts";
import type { Column } from "../../values/version-columns.ts";
import { Cell, isNumber, VersionCell, wholeText } from "./cell.tsx";

interface RowProps {
  line: LogLine;
  /** Its place among those that are shown. */
  index: number;
  shown: readonly Column[];
  now: number;
  before: LogLine | undefined;
  isPicked: boolean;
  /** It takes the focus when the keyboard comes to the table. */
  isActive: boolean;
  onFocus: (index: number) => void;
  onPick: (index: number, isRange: boolean) => void;
}

export function Row({ line, index, shown, now, before, isPicked, isActive, onFocus, onPick }: RowProps) {
  return useMemo(
    () => (
      <tr
        aria-rowindex={index + 2}
        data-index={index}
        class={`${isPicked ? "picked" : ""} ${line.retracted === null ? "" : "retracted"}`}
      >
        <td class="pick">
          <input
            type="checkbox"
            checked={isPicked}
            tabIndex={isActive ? 0 : -1}
            aria-label={`Pick v${line.version}`}
            onFocus={() => onFocus(index)}
            onClick={(event) => onPick(index, event.shiftKey)}
          />
        </td>
        <th scope="row" class="version">
          <VersionCell line={line} isActive={isActive} onFocus={() => onFocus(index)} />
        </th>
        {shown.slice(1).map((column) => (
          <td key={column.id} class={isNumber(column) ? "number" : ""} title={wholeText({ line, column })}>
            <Cell line={line} column={column} now={now} before={before} />
          </td>
        ))}
      </tr>
    ),
    [line, index, shown, before, isPicked, isActive, onFocus, onPick],
  );
}
