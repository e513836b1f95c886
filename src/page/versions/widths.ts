/** How wide columns are: by what stands in them, and the same whichever rows are drawn. */
import type { LogLine } from "../../registry/log.ts";
import type { Column } from "../../values/version-columns.ts";
import { textOf } from "./cell-text.ts";

const [LEAST, MOST] = [7, 30];
/** Lines that are measured; others are cut where they are wider. */
const MEASURED = 300;

/** In letters. */
export function widthsOf(lines: readonly LogLine[], columns: readonly Column[], now: number): number[] {
  const step = Math.max(1, Math.floor(lines.length / MEASURED));
  const some = lines.filter((_, at) => at % step === 0);
  return columns.map((column) => {
    let width = column.title.length + 3;
    for (const line of some) width = Math.max(width, textOf(line, column, now).length + extraOf(column));
    return Math.min(Math.max(width, LEAST), column.kind === "score" ? MOST / 2 : MOST) + 1;
  });
}

/** Letters of what stands beside the text. */
function extraOf({ id, kind }: Column): number {
  if (id === "label") return 5;
  if (id === "stage") return 3;
  return kind === "score" ? 3 : 0;
}
