/** What a mistyped word may have meant. */

/**
 * The known word with the fewest slips from `typed` (letters put in, left out, changed or swapped), null when all are
 * far.
 */
export function nearest(typed: string, known: readonly string[]): string | null {
  const allowed = allowedSlips(typed.length);
  let best: { word: string; slips: number } | null = null;
  for (const word of known) {
    if (Math.abs(word.length - typed.length) > allowed) continue;
    const slips = slipsBetween(typed, word);
    if (slips <= allowed && slips < (best?.slips ?? Infinity)) best = { word, slips };
  }
  return best?.word ?? null;
}

function allowedSlips(letters: number): number {
  if (letters <= 3) return 1;
  return letters <= 6 ? 2 : 3;
}

/** Optimal string alignment distance. */
function slipsBetween(a: string, b: string): number {
  let older: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let slips = Math.min(
        (last[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (last[j - 1] as number) + (same ? 0 : 1),
      );
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) slips = Math.min(slips, (older[j - 2] as number) + 1);
      row.push(slips);
    }
    older = last;
    last = row;
  }
  return last[b.length] as number;
}
