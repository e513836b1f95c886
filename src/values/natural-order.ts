/** The order in which people look for names: `run2` before `run10`, and letter case last. */

/**
 * A text whose plain order is the natural order of the one that is given: what sorts many makes it once for each. Two
 * texts have one key only where they are the same.
 */
export function naturalKey(text: string): string {
  return `${keyOf(text.toLowerCase())}\0${keyOf(text)}`;
}

/** Below 0 where `a` comes first. */
export function naturalCompare(a: string, b: string): number {
  const [x, y] = [naturalKey(a), naturalKey(b)];
  if (x === y) return 0;
  return x < y ? -1 : 1;
}

/** Each run of digits stands behind its length, so that values are compared; of equal ones fewer zeros are first. */
function keyOf(text: string): string {
  return text.replace(/0*([0-9]+)/g, (run, digits: string) => {
    const zeros = run.length - digits.length;
    return `0${charOf(digits.length)}${digits}${charOf(zeros)}`;
  });
}

function charOf(count: number): string {
  return String.fromCharCode(Math.min(count, 0xffff));
}
