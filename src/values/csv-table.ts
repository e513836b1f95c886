/** The first rows of a CSV text, for people to look at. */

export interface CsvTable {
  head: string[];
  rows: string[][];
  /** Whether there are more rows, or more columns, than are shown. */
  isCut: { rows: boolean; columns: boolean };
}

const MOST = { rows: 200, columns: 50, letters: 500 };

/** `isWhole`: whether the text is all of the file; of one that is not, a last line may be a part. Never throws. */
export function csvTable(text: string, { isWhole, tabs = false }: { isWhole: boolean; tabs?: boolean }): CsvTable {
  const first = text.slice(0, 4096).split("\n", 1)[0] as string;
  const split = tabs || (!first.includes(",") && first.includes("\t")) ? "\t" : guessed(first);
  const all = rowsOf(text.replace(/^\ufeff/, ""), split, MOST.rows + 2);
  if (!isWhole && all.length <= MOST.rows + 1) all.pop();
  const [head = [], ...rows] = all.map((row) => row.map((cell) => cell.slice(0, MOST.letters)));
  return {
    head: head.slice(0, MOST.columns),
    rows: rows.slice(0, MOST.rows).map((row) => row.slice(0, MOST.columns)),
    isCut: { rows: rows.length > MOST.rows || !isWhole, columns: all.some((row) => row.length > MOST.columns) },
  };
}

function guessed(line: string): string {
  return !line.includes(",") && line.includes(";") ? ";" : ",";
}

/** At most `most` rows; blank lines are passed over. */
function rowsOf(text: string, split: string, most: number): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length && rows.length < most;) {
    const { cell, next } = cellAt(text, at, split);
    row.push(cell);
    const end = text[next];
    at = next + 1;
    if (end === split && at < text.length) continue;
    if (end === split) row.push("");
    if (end === "\r" && text[at] === "\n") at++;
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  }
  return rows;
}

/** The cell that begins there, and where what ends it stands. A quote that nobody closed takes all that is left. */
function cellAt(text: string, at: number, split: string): { cell: string; next: number } {
  if (text[at] !== '"') {
    let next = at;
    while (next < text.length && text[next] !== split && text[next] !== "\n" && text[next] !== "\r") next++;
    return { cell: text.slice(at, next), next };
  }
  let [cell, next] = ["", at + 1];
  for (;;) {
    const quote = text.indexOf('"', next);
    if (quote < 0) return { cell: cell + text.slice(next), next: text.length };
    cell += text.slice(next, quote);
    next = quote + 1;
    if (text[next] !== '"') break;
    cell += '"';
    next++;
  }
  while (next < text.length && text[next] !== split && text[next] !== "\n" && text[next] !== "\r") next++;
  return { cell, next };
}
