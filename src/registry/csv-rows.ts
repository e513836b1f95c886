/** Rows of CSV files, counted as they pass: how many only one side has. */

/** Letters after which a quote that is still open is taken for a slip. */
const LONGEST_ROW = 1024 * 1024;

type Bytes = AsyncIterable<Uint8Array>;

/** Rows that only one side has, a row that changed counting once in each. */
export async function differingRows(a: Bytes, b: Bytes): Promise<{ added: number; removed: number }> {
  const counts = new Map<string, number>();
  for await (const row of rowsOf(a)) counts.set(row, (counts.get(row) ?? 0) - 1);
  for await (const row of rowsOf(b)) counts.set(row, (counts.get(row) ?? 0) + 1);
  const rows = { added: 0, removed: 0 };
  for (const count of counts.values()) {
    if (count > 0) rows.added += count;
    else rows.removed -= count;
  }
  return rows;
}

/** The rows of a CSV file: lines, except that a line feed inside of quotes ends none. */
async function* rowsOf(bytes: Bytes): AsyncGenerator<string> {
  let row = "";
  let isOpen = false;
  const decoder = new TextDecoder();
  for await (const chunk of bytes) {
    const lines = decoder.decode(chunk, { stream: true }).split("\n");
    for (const [index, line] of lines.entries()) {
      row += line;
      if (hasOddQuotes(line)) isOpen = !isOpen;
      if (index === lines.length - 1) break;
      // A quote that nobody closes must not make one row of all that follows.
      if (row.length > LONGEST_ROW) isOpen = false;
      if (isOpen) {
        row += "\n";
        continue;
      }
      yield row.replace(/\r$/, "");
      row = "";
    }
  }
  if (row !== "") yield row.replace(/\r$/, "");
}

/** Whether a quote is open behind this part of a row that was not before, or the other way round. */
function hasOddQuotes(part: string): boolean {
  let quotes = 0;
  for (let at = part.indexOf('"'); at >= 0; at = part.indexOf('"', at + 1)) quotes++;
  return quotes % 2 === 1;
}
