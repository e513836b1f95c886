/** Where two runs of bytes of one length are equal. */

/** Half-open, bytes from the beginning of both. */
export interface Span {
  start: number;
  end: number;
}

/** Bytes compared at once; what is equal for fewer in a row is found only beside what is known to be equal. */
const BLOCK = 4096;

/**
 * Spans in order, not touching each other: every one of at least two blocks is found, to the byte. `beside`: whether
 * what stands before, and behind, both is known to be equal.
 */
export function equalSpans(a: Buffer, b: Buffer, beside: { before: boolean; behind: boolean }): Span[] {
  const length = Math.min(a.length, b.length);
  const spans: Span[] = [];
  let isEqual = beside.before;
  for (let start = 0; start < length; start += BLOCK) {
    const end = Math.min(start + BLOCK, length);
    const wasEqual = isEqual;
    isEqual = a.compare(b, start, end, start, end) === 0;
    if (isEqual) {
      add(spans, { start: wasEqual ? start : start - equalBefore(a, b, { start: start - BLOCK, end: start }), end });
    } else {
      if (wasEqual) add(spans, { start, end: start + equalFrom(a, b, { start, end }) });
      if (end === length && beside.behind) add(spans, { start: end - equalBefore(a, b, { start, end }), end });
    }
  }
  return spans;
}

function add(spans: Span[], { start, end }: Span): void {
  if (start >= end) return;
  const last = spans.at(-1);
  if (last !== undefined && last.end >= start) last.end = end;
  else spans.push({ start, end });
}

/** How many bytes at the beginning of the span are equal. */
function equalFrom(a: Buffer, b: Buffer, { start, end }: Span): number {
  let at = start;
  while (at < end && a[at] === b[at]) at++;
  return at - start;
}

/** How many bytes at the end of the span are equal. */
function equalBefore(a: Buffer, b: Buffer, { start, end }: Span): number {
  let at = end;
  while (at > Math.max(0, start) && a[at - 1] === b[at - 1]) at--;
  return end - at;
}
