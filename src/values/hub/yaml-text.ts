/** YAML that parsers of 1.1 (PyYAML) and of 1.2 read alike: every text quoted, no anchors, no tags. */
import { asMetric } from "../recorded-values.ts";

export type Plain = string | number | bigint | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

/** What a parser that was given our texts may answer, as plain data; what is none of it is left out. */
export function asPlain(value: unknown): Plain | undefined {
  if (value === null || ["string", "number", "bigint", "boolean"].includes(typeof value)) return value as Plain;
  if (Array.isArray(value)) return value.flatMap((each) => asPlain(each) ?? []);
  if (typeof value !== "object") return undefined;
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  const known = Object.entries(value).flatMap(([name, each]): [string, Plain][] => {
    const plain = asPlain(each);
    return plain === undefined ? [] : [[name, plain]];
  });
  return Object.fromEntries(known);
}

/** A block mapping, with a line feed at its end; "" for an empty one. */
export function yamlText(mapping: { readonly [name: string]: Plain }): string {
  return Object.entries(mapping)
    .map(([name, value]) => `${key(name)}:${inside(value, "")}`)
    .join("");
}

/** Behind `key:` or `-`, with its line feed. */
function inside(value: Plain, indent: string): string {
  if (Array.isArray(value)) {
    const items = value as readonly Plain[];
    if (items.length === 0) return " []\n";
    return `\n${items.map((each) => `${indent}-${item(each, indent)}`).join("")}`;
  }
  if (value === null || typeof value !== "object") return ` ${scalar(value as string)}\n`;
  const entries = Object.entries(value);
  if (entries.length === 0) return " {}\n";
  const deeper = `${indent}  `;
  return `\n${entries.map(([name, each]) => `${deeper}${key(name)}:${inside(each, deeper)}`).join("")}`;
}

/** A mapping begins on the line of its dash. */
function item(value: Plain, indent: string): string {
  const text = inside(value, `${indent}${Array.isArray(value) ? "  " : ""}`);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return text;
  return text.replace(/^\n {0,99}/, " ");
}

/** Words that some YAML takes for no text. */
const WORD = /^(?:y|n|yes|no|true|false|on|off|null|nan|inf)$/i;

function key(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(name) && !WORD.test(name) ? name : quoted(name);
}

function scalar(value: string | number | bigint | boolean | null): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "number") return String(value);
  const metric = asMetric(value);
  if (typeof metric !== "number") return metric === "nan" || metric === null ? ".nan" : metric.replace("inf", ".inf");
  // 1.1 takes `1e-7` for a text.
  return String(metric).replace(/^(-?\d+)e/, "$1.0e");
}

/** JSON's quotes are YAML's; what a parser may refuse, fold or take for a line's end is escaped. */
function quoted(text: string): string {
  const whole = Buffer.from(text).toString("utf8");
  return JSON.stringify(whole).replace(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
