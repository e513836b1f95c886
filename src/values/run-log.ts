/**
 * What a program appends to the file that MVGIT_LOG names: JSON objects, one a line, scores, settings and names of
 * weights.
 */
import type { MetricValue } from "./package.ts";
import {
  flatten,
  type Lost,
  type Metrics,
  metricsOf,
  parseExactJson,
  parseLooseJson,
  type Params,
} from "./recorded-values.ts";

/** Letters of a line that is looked at. */
export const LONGEST_LINE = 256 * 1024;
/** Bytes of curves that are kept in Git. */
export const CURVES_CAP = 4 * 1024 * 1024;
/** Different names of scores, and of settings; those that come later are left out. */
const MOST_NAMES = 5000;
/** Different weights that a log may name, and letters of one. */
const MOST_WEIGHTS = 1000;
const LONGEST_PATH = 4096;
/** What tells where on a curve a line stands, and is no score. */
export const POSITIONS = ["step", "epoch", "iteration", "time"];

/** Takes the lines one by one, in bounded memory. */
export class RunLog {
  readonly params = Object.create(null) as Params;
  readonly metrics = Object.create(null) as Metrics;
  /** Paths that it names as weights, as they stand there, each once. */
  readonly weights: string[] = [];
  /** Lines that could not be read, and the first of their numbers. */
  malformed = 0;
  firstMalformed = 0;
  thinned = false;
  /** Values that were not taken as they are, each name once. */
  readonly lost: Lost[] = [];
  readonly #lostNames = new Set<string>();
  #lines: { kind: string; index: number; text: string }[] = [];
  #last: string | null = null;
  #bytes = 0;
  #stride = 1;
  #line = 0;
  #settings = 0;
  readonly #counts = new Map<string, number>();
  readonly #names = new Set<string>();

  add(line: string): void {
    this.#line++;
    if (line.trim() === "") return;
    const entry = readLine(line);
    if (entry === null) {
      this.malformed++;
      this.firstMalformed ||= this.#line;
      return;
    }
    for (const each of entry.lost) this.#lose(each);
    for (const [name, value] of Object.entries(entry.params)) {
      if (name in this.params || this.#settings++ < MOST_NAMES) this.params[name] = value;
      else this.#lose({ name, why: TOO_MANY });
    }
    this.#addScores(entry.scores);
    if (entry.weights === null || this.weights.includes(entry.weights)) return;
    if (this.weights.length < MOST_WEIGHTS && entry.weights.length <= LONGEST_PATH) this.weights.push(entry.weights);
    else this.#lose({ name: entry.weights.slice(0, 100), why: "is one of too many weights, or its name is too long" });
  }

  #lose(each: Lost): void {
    if (this.#lostNames.has(each.name) || this.#lostNames.size >= MOST_NAMES) return;
    this.#lostNames.add(each.name);
    this.lost.push(each);
  }

  /** Takes settings and last values of scores that have no place on a curve. */
  take(params: Params, metrics: Metrics): void {
    Object.assign(this.params, params);
    for (const [name, value] of Object.entries(metrics)) {
      if (this.#names.has(name) || this.#names.size < MOST_NAMES) this.metrics[name] = value;
      if (this.#names.size < MOST_NAMES) this.#names.add(name);
    }
  }

  #addScores(found: Metrics): void {
    const names = Object.keys(found).filter((name) => !POSITIONS.includes(name));
    const known = names.filter((name) => this.#names.has(name) || this.#names.size < MOST_NAMES);
    for (const name of names) if (!known.includes(name)) this.#lose({ name, why: TOO_MANY });
    if (known.length === 0) return;
    for (const name of known) {
      this.#names.add(name);
      this.metrics[name] = found[name] as MetricValue;
    }
    this.#keep(
      known.join("\n"),
      JSON.stringify(
        Object.fromEntries([...POSITIONS.filter((each) => each in found), ...known].map((name) => [name, found[name]])),
      ),
    );
  }

  /** Of each kind of line every second one goes when there are too many, so that rare kinds stay. */
  #keep(kind: string, text: string): void {
    const index = this.#counts.get(kind) ?? 0;
    this.#counts.set(kind, index + 1);
    this.#last = text;
    if (index % this.#stride !== 0) return;
    this.#lines.push({ kind, index, text });
    this.#bytes += Buffer.byteLength(text) + 1;
    if (this.#bytes <= CURVES_CAP - LONGEST_LINE) return;
    this.thinned = true;
    this.#stride *= 2;
    this.#lines = this.#lines.filter((each) => each.index % this.#stride === 0);
    this.#bytes = this.#lines.reduce((sum, each) => sum + Buffer.byteLength(each.text) + 1, 0);
  }

  /** All that is kept of the curves, as lines; null for none. The last line is always among them. */
  curves(): string | null {
    const lines = this.#lines.map((each) => each.text);
    if (this.#last !== null && lines.at(-1) !== this.#last) lines.push(this.#last);
    return lines.length === 0 ? null : lines.map((line) => `${line}\n`).join("");
  }
}

const TOO_MANY = "is one of too many names";

interface Entry {
  params: Params;
  scores: Metrics;
  weights: string | null;
  lost: Lost[];
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function readLine(line: string): Entry | null {
  if (line.length > LONGEST_LINE) return null;
  try {
    const value = parseLooseJson(line);
    if (!isMapping(value)) return null;
    const { params, track, ...others } = value;
    // A number of that name is a score like every other.
    const weights = typeof track === "string" ? track : null;
    const rest = track === undefined || weights !== null ? others : { ...others, track };
    const lost: Lost[] = [];
    const hasNames = isMapping(params);
    if (params !== undefined && !hasNames) lost.push({ name: "params", why: "has no names for its values" });
    return {
      params: hasNames ? flatten((parseExactJson(line) as { params: unknown }).params, lost) : {},
      scores: metricsOf(rest, lost),
      weights,
      lost,
    };
  } catch (error) {
    // No JSON, or lists in each other so deep that they cannot be written.
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}
