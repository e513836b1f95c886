/** Times as people read them. */

/**
 * A time to the minute in the zone of whoever reads, `2026-03-01 14:30`: so that the times of one list can be held
 * against each other, and against a clock, wherever each was written. What is no time stays as it is.
 */
export function minuteOf(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time.slice(0, 16).replace("T", " ");
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = [String(date.getFullYear()).padStart(4, "0"), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
