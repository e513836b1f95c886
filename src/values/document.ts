/**
 * The text form of package files: a subset of YAML 1.2 with exactly one encoding of each value, so that any tool can
 * read it and two equal packages have equal bytes.
 *
 * Block mappings and sequences, two blanks a level; keys plain where they are simple words, else JSON strings; scalars
 * as JSON writes them, strings always quoted; `{}` and `[]` for what is empty. No comments, anchors, tags or documents.
 */

export type Scalar = string | number | boolean | null;
export type Value = Scalar | Value[] | Mapping;
/** Keys in the order they are written. Made without a prototype when read. */
export interface Mapping {
  [key: string]: Value;
}

/** Levels of nesting. */
const MAX_DEPTH = 16;
const PLAIN_KEY = /^[A-Za-z][A-Za-z0-9_./-]*$/;
/** Plain words that some version of YAML takes for something else than text. */
const NOT_TEXT = /^(true|false|null|yes|no|on|off|y|n)$/i;

/**
 * The one encoding of a mapping; values are finite numbers and well-formed strings. Keys that are `undefined` are not
 * allowed.
 */
export function formatDocument(mapping: Mapping): string {
  return Object.keys(mapping).length === 0 ? "{}\n" : mappingLines(mapping, "").join("");
}

function mappingLines(mapping: Mapping, indent: string): string[] {
  return Object.entries(mapping).flatMap(([key, value]) =>
    entryLines(`${indent}${formatKey(key)}:`, value, `${indent}  `),
  );
}

/** A head (`key:` or `-`) and its value: on the same line where that is one, else below, indented. */
function entryLines(head: string, value: Value, indent: string): string[] {
  const inline = inlineValue(value);
  if (inline !== null) return [`${head} ${inline}\n`];
  if (!Array.isArray(value)) return [`${head}\n`, ...mappingLines(value as Mapping, indent)];
  return [`${head}\n`, ...value.flatMap((item) => itemLines(item, indent))];
}

function itemLines(item: Value, indent: string): string[] {
  if (inlineValue(item) !== null || Array.isArray(item)) return entryLines(`${indent}-`, item, `${indent}  `);
  const [first = "", ...rest] = mappingLines(item as Mapping, `${indent}  `);
  return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest];
}

function inlineValue(value: Value): string | null {
  if (Array.isArray(value)) return value.length === 0 ? "[]" : null;
  if (value !== null && typeof value === "object") return Object.keys(value).length === 0 ? "{}" : null;
  return JSON.stringify(value);
}

function formatKey(key: string): string {
  return PLAIN_KEY.test(key) && !NOT_TEXT.test(key) ? key : JSON.stringify(key);
}

/** The mapping, or why the text is not the encoding of one. Never throws. */
export function readDocument(text: string): { mapping: Mapping } | { reason: string } {
  try {
    if (text === "{}\n") return { mapping: empty() };
    const lines = text.split("\n");
    if (lines.pop() !== "") return { reason: "its last line does not end in a line feed" };
    const reader = new Reader(lines);
    const mapping = reader.mapping("", 0);
    if (!reader.atEnd) return { reason: reader.where("it is indented wrongly") };
    return formatDocument(mapping) === text
      ? { mapping }
      : { reason: "it is not written in the one way that is allowed" };
  } catch (error) {
    if (error instanceof Unreadable) return { reason: error.message };
    throw error;
  }
}

class Unreadable extends Error {}

function empty(): Mapping {
  return Object.create(null) as Mapping;
}

class Reader {
  readonly #lines: string[];
  #at = 0;

  constructor(lines: string[]) {
    this.#lines = lines;
  }

  get atEnd(): boolean {
    return this.#at >= this.#lines.length;
  }

  where(reason: string): string {
    return `line ${this.#at + 1}: ${reason}`;
  }

  #fail(reason: string): never {
    throw new Unreadable(this.where(reason));
  }

  /** The line's text after exactly this indent; null when it is indented otherwise. */
  #line(indent: string): string | null {
    const line = this.#lines[this.#at];
    if (line === undefined || !line.startsWith(indent) || line[indent.length] === " ") return null;
    return line.slice(indent.length);
  }

  mapping(indent: string, depth: number): Mapping {
    if (depth > MAX_DEPTH) this.#fail("it is nested too deeply");
    const mapping = empty();
    for (
      let line = this.#line(indent);
      line !== null && !line.startsWith("- ") && line !== "-";
      line = this.#line(indent)
    ) {
      const match = /^("(?:[^"\\]|\\.)*"|[A-Za-z][A-Za-z0-9_./-]*):(?: ([^]*))?$/.exec(line);
      if (!match) this.#fail("it is not of the form 'key: value'");
      const key = match[1]?.startsWith('"') ? this.#scalar(match[1]) : match[1];
      if (typeof key !== "string" || key in mapping) this.#fail("a key stands twice");
      mapping[key] = this.#rest(match[2], `${indent}  `, depth + 1);
    }
    if (Object.keys(mapping).length === 0) this.#fail("a value is missing, or indented wrongly");
    return mapping;
  }

  #sequence(indent: string, depth: number): Value[] {
    if (depth > MAX_DEPTH) this.#fail("it is nested too deeply");
    const items: Value[] = [];
    for (let line = this.#line(indent); line?.startsWith("- ") || line === "-"; line = this.#line(indent)) {
      const rest = line.slice(2);
      if ((line !== "-" && !/^(["[{\d-]|true$|false$|null$)/.test(rest)) || /^"(?:[^"\\]|\\.)*":/.test(rest)) {
        // The first key of a mapping stands behind the dash.
        this.#lines[this.#at] = `${indent}  ${rest}`;
        items.push(this.mapping(`${indent}  `, depth + 1));
      } else {
        items.push(this.#rest(line === "-" ? undefined : rest, `${indent}  `, depth + 1));
      }
    }
    return items;
  }

  /** What stands behind a key or a dash: a scalar, or nothing and the value below. */
  #rest(inline: string | undefined, indent: string, depth: number): Value {
    const value = inline === undefined ? undefined : this.#scalar(inline);
    this.#at++;
    if (value !== undefined) return value;
    const next = this.#line(indent);
    return next?.startsWith("- ") || next === "-" ? this.#sequence(indent, depth) : this.mapping(indent, depth);
  }

  #scalar(text: string): Value {
    if (text === "{}") return empty();
    if (text === "[]") return [];
    if (/^[[{ ]/.test(text)) this.#fail("it is not a value that JSON knows");
    try {
      return JSON.parse(text) as Scalar;
    } catch {
      this.#fail("it is not a value that JSON knows");
    }
  }
}
