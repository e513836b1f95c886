import type { Import, ParsedFile } from "./sources.mjs";

export interface Measure {
  path: string;
  lines: number;
  /** Lines that are too long; lines are counted from 1. */
  long: number[];
  functions: { line: number; lines: number; parameters: number }[];
  nested: number[];
  bareClasses: { line: number; name: string }[];
  /** Lines where a comment switches a rule off. */
  switches: number[];
  imports: Import[];
}

export function measure(file: ParsedFile): Measure;
export function spread(numbers: readonly number[]): { median: number; p95: number; most: number };
export function circles(
  measures: readonly { path: string; imports: readonly Pick<Import, "to" | "isLazy">[] }[],
  options: { lazy: boolean },
): string[][];
