/** Two commands word by word. */

/** Words of both that stand at one place; those of one side only where it has more. */
export interface WordChange {
  /** Where in each command it begins. */
  at: { a: number; b: number };
  a: string[];
  b: string[];
}

/** Words of each command that are held against each other; what follows counts as one change. */
const MOST_WORDS = 1000;

/** What differs, in order; nothing where both are the same. */
export function compareCommands(a: readonly string[], b: readonly string[]): WordChange[] {
  const [x, y] = [a.slice(0, MOST_WORDS), b.slice(0, MOST_WORDS)];
  const common = commonLengths(x, y);
  const changes: WordChange[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < x.length && j < y.length && x[i] === y[j]) [i, j] = [i + 1, j + 1];
    else {
      const change: WordChange = { at: { a: i, b: j }, a: [], b: [] };
      while ((i < a.length || j < b.length) && !(i < x.length && j < y.length && x[i] === y[j])) {
        if (i < x.length && j < y.length ? (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0) : i < a.length)
          change.a.push(a[i++] as string);
        else change.b.push(b[j++] as string);
      }
      changes.push(change);
    }
  }
  return changes;
}

/** Of the words from each place on: the length of the longest sequence that both have. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint16Array[] {
  const rows = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    const [row, below] = [rows[i] as Uint16Array, rows[i + 1] as Uint16Array];
    for (let j = b.length - 1; j >= 0; j--)
      row[j] = a[i] === b[j] ? (below[j + 1] as number) + 1 : Math.max(below[j] as number, row[j + 1] as number);
  }
  return rows;
}
