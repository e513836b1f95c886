/** `content-range`, as HTTP answers name a part of something. */
import type { AnsweredRange } from "./download.ts";

/** Null for what names no range. */
export function contentRange(header: string | undefined): AnsweredRange | null {
  const [, start, last, total] = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/.exec(header ?? "") ?? [];
  return total === undefined ? null : { start: Number(start), end: Number(last) + 1, total: Number(total) };
}

/** How long the whole is, as a refusal (416) of the range says; null where it does not. */
export function refusedTotal(header: string | undefined): number | null {
  const total = /^bytes \*\/(\d{1,16})$/.exec(header ?? "")?.[1];
  return total === undefined ? null : Number(total);
}
