/** A moment, as the reader's zone has it; the original, with its own zone, on hover. */

const MINUTE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** `time`: ISO 8601. */
export function When({ time }: { time: string }) {
  return (
    <time dateTime={time} title={time}>
      {formatTime(Date.parse(time))}
    </time>
  );
}

/** Milliseconds since 1970 as the reader's zone has it, to the minute. */
export function formatTime(time: number): string {
  return Number.isNaN(time) ? "at no time" : MINUTE.format(time);
}

/** The reader's zone, by name. */
export const ZONE = MINUTE.resolvedOptions().timeZone;
