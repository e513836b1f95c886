/** What a program appends to the file that MVGIT_LOG names: JSON objects, one a line, scores and settings. */
import type { MetricValue } from "./package.ts";
import { flatten, type Metrics, metricsOf, parseLooseJson, type Params } from "./recorded-values.ts";

/** Bytes of a line that is looked at. */
const LONGEST_LINE = 256 * 1024;
/** Bytes of curves that are kept in Git. */
export const CURVES_CAP = 4 * 1024 * 1024;
/** Different names of scores; those that come later are left out. */
const MOST_NAMES = 5000;
/** What tells where on a curve a line stands, and is no score. */
export const POSITIONS = ["step", "epoch", "iteration", "time"];

/** Takes the lines one by one, in bounded memory. */
export class RunLog {
  readonly params: Params = {};
  readonly metrics: Metrics = {};
  /** Lines that could not be read, and the first of their numbers. */
  malformed = 0;
  firstMalformed = 0;
  thinned = false;
  #lines: { kind: string; index: number; text: string }[] = [];
  #last: string | null = null;
  #bytes = 0;
  #stride = 1;
  #line = 0;
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
    const { params, ...rest } = entry;
    Object.assign(this.params, flatten(params ?? {}));
    this.#addScores(metricsOf(rest));
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
    if (known.length === 0) return;
    for (const name of known) {
      this.#names.add(name);
      this.metrics[name] = found[name] as MetricValue;
    }
    this.#keep(known.join("\n"), JSON.stringify(Object.fromEntries([...POSITIONS.filter((each) => each in found), ...known].map((name) => [name, found[name]]))));
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

function readLine(line: string): Record<string, unknown> | null {
  if (line.length > LONGEST_LINE) return null;
  try {
    const value = parseLooseJson(line);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
