/** Settings and scores as programs write them, made flat: nested names joined by dots, single values. */
import type { Scalar } from "./document.ts";
import type { MetricValue } from "./package.ts";

export type Params = Record<string, Scalar>;
export type Metrics = Record<string, MetricValue>;

/** Letters of a name or a text; more is cut. */
const LONGEST = 4096;
const DEEPEST = 32;
/** Single values of one file; a package has room for fewer. */
const MOST_VALUES = 200_000;
/** Letters of a row of CSV; a longer one is none of scores. */
const LONGEST_ROW = 1024 * 1024;

/** A value that could not be taken as it is, and what became of it: words that fit after its name. */
export interface Lost {
  name: string;
  why: string;
}

/**
 * Every single value with its name; lists become their JSON. What is no plain value at all is left out, and told to
 * `lost`.
 */
export function flatten(value: unknown, lost: Lost[] = []): Params {
  const flat = new Map<string, Scalar>();
  for (const [name, each] of leaves(value, lost)) {
    const scalar = toScalar(each);
    if (scalar === undefined) lost.push({ name, why: "is no plain value" });
    else flat.set(name, scalar);
    if (typeof each === "string" && each.length > LONGEST) lost.push({ name, why: `is cut at ${LONGEST} letters` });
  }
  return Object.fromEntries(flat);
}

/** The single values below a value by their joined names, each name once. */
function leaves(value: unknown, lost: Lost[]): Map<string, unknown> {
  const found = new Map<string, unknown>();
  collect(value, "", { found, lost, depth: 0 });
  return found;
}

function collect(
  value: unknown,
  name: string,
  { found, lost, depth }: { found: Map<string, unknown>; lost: Lost[]; depth: number },
): void {
  if (
    value !== null &&
    typeof value === "object" &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Set)
  ) {
    if (depth > DEEPEST) return void lost.push({ name, why: `is nested in more than ${DEEPEST} others` });
    for (const [key, inner] of Object.entries(value))
      collect(inner, name === "" ? wellFormed(key) : `${name}.${wellFormed(key)}`.slice(0, LONGEST), {
        found,
        lost,
        depth: depth + 1,
      });
  } else if (name !== "") {
    const known = wellFormed(name);
    if (found.size >= MOST_VALUES && !found.has(known))
      return void (lost.length < MOST_LOST && lost.push({ name: known, why: "is one of too many" }));
    if (found.has(known)) lost.push({ name: known, why: "stands there twice: the last counts" });
    found.set(known, value);
  }
}

function toScalar(value: unknown): Scalar | undefined {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return asMetric(value) ?? null;
  if (typeof value === "string") return wellFormed(value);
  if (typeof value === "bigint") return exactly(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Set) return toScalar([...value]);
  return Array.isArray(value)
    ? wellFormed(JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? exactly(each) : each)))
    : undefined;
}

function exactly(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

/** Cut, and without halves of letters, so that it can be written as UTF-8. */
function wellFormed(text: string): string {
  return Buffer.from(text.slice(0, LONGEST), "utf8").toString("utf8");
}

/** The flat values that are scores: numbers, and words for what is no number. Others are told to `lost`. */
export function metricsOf(value: unknown, lost: Lost[] = []): Metrics {
  return Object.fromEntries(
    [...leaves(value, lost)].flatMap(([name, each]) => {
      const metric = asMetric(typeof each === "bigint" ? Number(each) : toScalar(each));
      if (metric === null) lost.push({ name, why: whyNoScore(each) });
      return metric === null ? [] : [[name, metric]];
    }),
  );
}

function whyNoScore(value: unknown): string {
  if (value === null) return "is empty";
  if (Array.isArray(value)) return "is a list";
  return typeof value === "boolean" ? "is true or false" : "is a text";
}

/**
 * Keys that stand twice in one object of a JSON text, of which every parser takes the last; and numbers that no number
 * can hold.
 */
export function lostInJson(text: string): Lost[] {
  const lost: Lost[] = [];
  const open: (Set<string> | null)[] = [];
  for (const [token, word] of text.matchAll(/"((?:[^"\\]|\\[^])*)"(?:\s*:)?|[{}[\]]|-?[0-9][0-9.eE+-]*/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (word !== undefined) {
      const keys = token.endsWith(":") ? open.at(-1) : null;
      if (keys?.has(word)) lost.push({ name: wellFormed(word), why: "stands there twice: the last counts" });
      keys?.add(word);
    } else if (!Number.isFinite(Number(token)) && !Number.isNaN(Number(token)))
      lost.push({ name: token.slice(0, 40), why: "is too large for a number: it counts as infinite" });
    else if (/^-?[0-9]{16,}$/.test(token) && BigInt(token) !== BigInt(Number(token)))
      lost.push({ name: token.slice(0, 40), why: "has more digits than a number can hold: it is rounded" });
    if (lost.length >= MOST_LOST) return lost;
  }
  return lost;
}

const MOST_LOST = 1000;

/** A number, or `nan`, `inf`, `-inf`; null for everything else. */
export function asMetric(value: unknown): MetricValue | null {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value !== "number" && typeof value !== "string") return null;
  const [, sign, word] = /^([+-]?)(nan|inf|infinity)$/i.exec(String(value).trim()) ?? [];
  if (word === undefined) return null;
  if (word.toLowerCase() === "nan") return "nan";
  return sign === "-" ? "-inf" : "inf";
}

/** JSON that may hold `NaN` and `Infinity`, as Python writes them. Throws SyntaxError. */
export function parseLooseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // A text that nobody closed is taken to its end, so that no part of it is looked at again.
    const words = text.replace(/"(?:[^"\\]|\\[^])*"?|-?\bInfinity\b|\bNaN\b/g, (match) =>
      match.startsWith('"') ? match : JSON.stringify(asMetric(match)),
    );
    if (words === text) throw error;
    return JSON.parse(words);
  }
}

/** As `parseLooseJson`, whole numbers that JavaScript cannot hold (seeds of 64 bits) as texts. Throws SyntaxError. */
export function parseExactJson(text: string): unknown {
  if (!/[0-9]{16}/.test(text)) return parseLooseJson(text);
  return parseLooseJson(
    text.replace(/"(?:[^"\\]|\\[^])*"?|-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/g, (token) =>
      /^-?[0-9]{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
    ),
  );
}

/**
 * The scores in the last row of a CSV text, by its header; null when it has no row of values. Cells that are none are
 * told to `lost`.
 */
export function parseCsvMetrics(text: string, lost: Lost[] = []): Metrics | null {
  const header = text.match(/^.*\S.*$/m)?.[0];
  const last = lastLine(text);
  if (
    header === undefined ||
    last === undefined ||
    last.start <= text.indexOf(header) ||
    Math.max(header.length, last.line.length) > LONGEST_ROW
  )
    return null;
  const split = header.includes(",") || !header.includes("\t") ? "," : "\t";
  const names = cells(header, split);
  const metrics: Metrics = Object.create(null) as Metrics;
  for (const [at, cell] of cells(last.line, split).entries()) {
    const name = names[at]?.trim() ?? "";
    const metric = cell.trim() === "" ? null : asMetric(Number.isNaN(Number(cell)) ? cell : Number(cell));
    if (name === "" || cell.trim() === "") continue;
    const known = wellFormed(name);
    if (metric === null) lost.push({ name: known, why: "is a text" });
    else if (known in metrics) lost.push({ name: known, why: "stands there twice: the last counts" });
    if (metric !== null) metrics[known] = metric;
  }
  return metrics;
}

/** The last line that is not blank, and where it starts. */
function lastLine(text: string): { line: string; start: number } | undefined {
  for (let end = text.length; end > 0;) {
    const start = text.lastIndexOf("\n", end - 1) + 1;
    const line = text.slice(start, end);
    if (line.trim() !== "") return { line, start };
    end = start - 1;
  }
  return undefined;
}

/** The cells of a row; an empty one may follow them. */
function cells(line: string, split: string): string[] {
  return [...line.matchAll(new RegExp(`(?:"((?:[^"]|"")*)"|([^${split}]*))(?:${split}|$)`, "g"))].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "",
  );
}
