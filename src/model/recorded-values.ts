/** Settings and scores as programs write them, made flat: nested names joined by dots, single values. */
import type { Scalar } from "./document.ts";
import type { MetricValue } from "./package.ts";

export type Params = Record<string, Scalar>;
export type Metrics = Record<string, MetricValue>;

/** Letters of a name or a text; more is cut. */
const LONGEST = 4096;
const DEEPEST = 32;

/** Every single value with its name; lists become their JSON. What is no plain value at all is left out. */
export function flatten(value: unknown): Params {
  const flat = new Map<string, Scalar>();
  collect(value, "", { flat, depth: 0 });
  return Object.fromEntries(flat);
}

function collect(value: unknown, name: string, { flat, depth }: { flat: Map<string, Scalar>; depth: number }): void {
  if (value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Date)) {
    if (depth > DEEPEST) return;
    for (const [key, inner] of Object.entries(value)) collect(inner, name === "" ? wellFormed(key) : `${name}.${wellFormed(key)}`, { flat, depth: depth + 1 });
  } else if (name !== "") {
    const scalar = toScalar(value);
    if (scalar !== undefined) flat.set(name.slice(0, LONGEST), scalar);
  }
}

function toScalar(value: unknown): Scalar | undefined {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return asMetric(value) ?? null;
  if (typeof value === "string") return wellFormed(value);
  if (typeof value === "bigint") return String(value);
  if (value instanceof Date) return value.toISOString();
  return Array.isArray(value) ? wellFormed(JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? String(each) : each))) : undefined;
}

/** Cut, and without halves of letters, so that it can be written as UTF-8. */
function wellFormed(text: string): string {
  return Buffer.from(text.slice(0, LONGEST), "utf8").toString("utf8");
}

/** The flat values that are scores: numbers, and words for what is no number. */
export function metricsOf(value: unknown): Metrics {
  return Object.fromEntries(Object.entries(flatten(value)).flatMap(([name, each]) => {
    const metric = asMetric(each);
    return metric === null ? [] : [[name, metric]];
  }));
}

/** A number, or `nan`, `inf`, `-inf`; null for everything else. */
export function asMetric(value: unknown): MetricValue | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (typeof value !== "string") return null;
  const word = /^([+-]?)(nan|inf|infinity)$/i.exec(value.trim());
  if (!word) return null;
  return word[2]?.toLowerCase() === "nan" ? "nan" : word[1] === "-" ? "-inf" : "inf";
}

/** JSON that may hold `NaN` and `Infinity`, as Python writes them. Throws SyntaxError. */
export function parseLooseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const words = text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (match) => (match.startsWith('"') ? match : JSON.stringify(asMetric(match))));
    if (words === text) throw error;
    return JSON.parse(words);
  }
}

/** The scores in the last row of a CSV text, by its header; null when it has no row of values. */
export function parseCsvMetrics(text: string): Metrics | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const [header, last] = [lines[0], lines.at(-1)];
  if (header === undefined || last === undefined || lines.length < 2) return null;
  const split = header.includes(",") || !header.includes("\t") ? "," : "\t";
  const names = cells(header, split);
  const metrics: Metrics = {};
  for (const [at, cell] of cells(last, split).entries()) {
    const name = names[at]?.trim() ?? "";
    const metric = cell.trim() === "" ? null : asMetric(Number.isNaN(Number(cell)) ? cell : Number(cell));
    if (name !== "" && metric !== null) Object.defineProperty(metrics, wellFormed(name), { value: metric, enumerable: true, writable: true, configurable: true });
  }
  return metrics;
}

function cells(line: string, split: string): string[] {
  return [...line.matchAll(new RegExp(`(?:^|${split})(?:"((?:[^"]|"")*)"|([^${split}]*))`, "g"))].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
}
