/**
 * The columns that lists of versions have: what each is called, what it holds of a version, and how a name that was
 * typed finds it. Terminal and page share them, and filters, orders and exports go by them.
 *
 * A score's column is `metric.NAME`, a setting's `param.NAME`; the bare name means it too, wherever it means nothing
 * else. Names of columns that every version has come first: a score called `size` is `metric.size`.
 */
import { nearest } from "../base/nearest.ts";
import type { Scalar } from "./document.ts";
import type { MetricValue } from "./package.ts";
import { readPerson } from "./person.ts";
import { isBetterUp } from "./scores.ts";
import type { VersionLine } from "./version-line.ts";

/** What a version has in a column; null for nothing. Times are milliseconds since 1970, ages milliseconds. */
export type CellValue = string | number | boolean | null | readonly string[];

/**
 * What values are, and so how they are compared and written. `score` and `setting` are the user's own; a setting may be
 * of any type.
 */
type ColumnKind =
  | "number"
  | "text"
  | "hash"
  | "list"
  | "flag"
  | "time"
  | "age"
  | "size"
  | "duration"
  | "score"
  | "setting";

export interface Column {
  /** As it may always be typed; no other column has it. */
  readonly id: string;
  /** The shortest name by which `find` finds it, for people. */
  readonly title: string;
  readonly kind: ColumnKind;
  /** Which way a score is better, as its name tells; null for all else. */
  readonly better: "up" | "down" | null;
  of(line: VersionLine): CellValue;
  /** Other texts that mean the value as well. */
  also?(line: VersionLine): readonly string[];
}

/** Why a name means no column, in words that name it. */
export interface NoColumn {
  message: string;
  hint: string | null;
}

/** The columns of some versions. */
export interface Columns {
  /** Those that every version has, then scores and settings, by how many versions have them. */
  readonly all: readonly Column[];
  find(name: string): Column | NoColumn;
}

export function isColumn(found: Column | NoColumn): found is Column {
  return "id" in found;
}

type Fixed = Omit<Column, "id" | "title" | "better">;

/** In the order in which they are told. `now`: milliseconds since 1970. */
function fixedColumns(now: number): Record<string, Fixed> {
  return {
    label: { kind: "text", of: (line) => `${line.model}@v${line.version}` },
    model: { kind: "text", of: (line) => line.model },
    version: { kind: "number", of: (line) => line.version },
    time: { kind: "time", of: (line) => timeOf(line) },
    age: { kind: "age", of: (line) => now - timeOf(line) },
    author: {
      kind: "text",
      of: (line) => line.author,
      also: (line) => {
        const { name, email } = readPerson(line.author);
        return [name, email];
      },
    },
    message: { kind: "text", of: (line) => (line.message === "" ? null : line.message) },
    stage: { kind: "list", of: (line) => someOf(line.stages) },
    data: {
      kind: "list",
      of: (line) => someOf(line.data.map(({ path }) => path)),
      also: (line) => line.data.map(({ hash }) => hash),
    },
    duration: { kind: "duration", of: (line) => line.seconds },
    size: { kind: "size", of: (line) => line.size },
    from: { kind: "number", of: (line) => line.from },
    commit: { kind: "hash", of: (line) => line.commit },
    signed: { kind: "flag", of: (line) => line.signed },
    note: { kind: "list", of: (line) => someOf(line.notes.map(({ text }) => text)) },
    retracted: { kind: "text", of: (line) => line.retracted?.text ?? null },
  };
}

/** What else people and documents call them. */
const ALIASES: Readonly<Record<string, string>> = {
  number: "version",
  who: "author",
  made: "time",
  date: "time",
  when: "time",
  stages: "stage",
  seconds: "duration",
  notes: "note",
};

const PREFIXES: Readonly<Record<string, "metric" | "param">> = {
  "metric.": "metric",
  "metrics.": "metric",
  "param.": "param",
  "params.": "param",
};

function timeOf({ time }: VersionLine): number {
  return Date.parse(time);
}

function someOf(texts: readonly string[]): readonly string[] | null {
  return texts.length === 0 ? null : texts;
}

/** As JavaScript has it. */
function numberOf(value: MetricValue | undefined): number | null {
  if (value === undefined) return null;
  return typeof value === "number" ? value : Number(value.replace("inf", "Infinity"));
}

/** Names of an object of each line, by how many lines have them; of equals the first seen first. */
function namesBy(lines: readonly VersionLine[], pick: "metrics" | "params"): string[] {
  const counts = new Map<string, number>();
  for (const line of lines) for (const name of Object.keys(line[pick])) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name);
}

/** The columns that these versions have; `now`: milliseconds since 1970, for ages. */
export function columnsOf(lines: readonly VersionLine[], { now }: { now: number }): Columns {
  const table = new Table();
  for (const [id, column] of Object.entries(fixedColumns(now))) table.add({ id, title: id, better: null, ...column });
  for (const name of namesBy(lines, "metrics")) table.add(scoreColumn(name));
  for (const name of namesBy(lines, "params")) table.add(settingColumn(name));
  table.shorten();
  return table;
}

function scoreColumn(name: string): Column {
  const id = `metric.${name}`;
  return {
    id,
    title: name,
    kind: "score",
    better: isBetterUp(name) ? "up" : "down",
    of: ({ metrics }) => (Object.hasOwn(metrics, name) ? numberOf(metrics[name]) : null),
  };
}

function settingColumn(name: string): Column {
  const id = `param.${name}`;
  const of = ({ params }: VersionLine): CellValue => (Object.hasOwn(params, name) ? (params[name] as Scalar) : null);
  return { id, title: name, kind: "setting", better: null, of };
}

/** Letters of a name that is looked for among others, and of one that may be meant. */
const LONGEST_NAME = 100;
/** Names that one with a slip is held against. */
const MOST_NAMES = 1000;

/** Columns and all that finds them. */
class Table implements Columns {
  readonly all: Column[] = [];
  readonly #byId = new Map<string, Column>();
  /** By bare name in lower case. */
  readonly #byName = new Map<string, Column[]>();

  add(column: Column): void {
    this.all.push(column);
    this.#byId.set(column.id, column);
    const name = column.title.toLowerCase();
    const same = this.#byName.get(name);
    if (same === undefined) this.#byName.set(name, [column]);
    else same.push(column);
  }

  /** Gives those whose bare name means something else the longer one as title. */
  shorten(): void {
    for (const [index, column] of this.all.entries()) {
      if (this.find(column.title) === column) continue;
      const longer = { ...column, title: column.id };
      this.all[index] = longer;
      this.#byId.set(column.id, longer);
      const same = this.#byName.get(column.title.toLowerCase()) as Column[];
      same[same.indexOf(column)] = longer;
    }
  }

  find(name: string): Column | NoColumn {
    const folded = name.toLowerCase();
    const fixed = this.#byId.get(Object.hasOwn(ALIASES, folded) ? (ALIASES[folded] as string) : folded);
    if (fixed !== undefined && fixed.kind !== "score" && fixed.kind !== "setting") return fixed;
    return this.#prefixed(name) ?? this.#bare(name) ?? this.#unknown(name);
  }

  /** Null also where no such score or setting is there: a bare name may begin as the prefix does. */
  #prefixed(name: string): Column | NoColumn | null {
    const prefix = name.slice(0, name.indexOf(".") + 1).toLowerCase();
    if (!Object.hasOwn(PREFIXES, prefix)) return null;
    const part = PREFIXES[prefix] as "metric" | "param";
    const rest = name.slice(prefix.length);
    const exact = this.#byId.get(`${part}.${rest}`);
    if (exact !== undefined) return exact;
    const kind = part === "metric" ? "score" : "setting";
    return this.#oneOf(
      rest,
      (this.#byName.get(rest.toLowerCase()) ?? []).filter((each) => each.kind === kind),
    );
  }

  #bare(name: string): Column | NoColumn | null {
    const same = (this.#byName.get(name.toLowerCase()) ?? []).filter(
      ({ kind }) => kind === "score" || kind === "setting",
    );
    const exact = same.filter(({ id }) => id === `metric.${name}` || id === `param.${name}`);
    return this.#oneOf(name, exact.length > 0 ? exact : same);
  }

  #oneOf(name: string, found: readonly Column[]): Column | NoColumn | null {
    if (found.length < 2) return found[0] ?? null;
    const ids = found.map(({ id }) => `'${id}'`);
    const hint = `write ${ids.slice(0, -1).join(", ")} or ${ids.at(-1) as string}`;
    const kinds = new Set(found.map(({ kind }) => kind));
    const what = kinds.size > 1 ? "a score and a setting" : `several ${found[0]?.kind as string}s`;
    return { message: `'${name}' is the name of ${what}`, hint };
  }

  #unknown(name: string): NoColumn {
    const known = [...this.all.map(({ title }) => title), ...this.all.map(({ id }) => id)];
    const short = [...new Set(known)].filter((each) => each.length <= LONGEST_NAME).slice(0, MOST_NAMES);
    const near = name.length > LONGEST_NAME ? null : nearest(name, short);
    const names = short.slice(0, 20).join(", ");
    return {
      message: `no version here has '${name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name}'`,
      hint: near === null ? `there are ${names}${short.length > 20 ? ", …" : ""}` : `did you mean '${near}'?`,
    };
  }
}
