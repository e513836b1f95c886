/**
 * Small records of `key: value` lines: pointers, and the messages of mvgit's tags. The first line is `mvgit: 1`, the
 * others follow in byte order of their keys, each once, every line ended by LF. Each set of values has one encoding.
 */

const FORMAT = 1;
const KEY = /^[a-z0-9][a-z0-9.-]{0,63}$/;
const BAD_VALUE = /[\u0000-\u001f\u007f-\u009f]|^ | $|^$/;

export type KeyLines =
  | { kind: "lines"; values: Map<string, string> }
  | { kind: "malformed"; reason: string }
  | { kind: "newer"; version: number };

/** The one encoding; the keys are valid ones and `mvgit` is not among them. */
export function formatKeyLines(values: ReadonlyMap<string, string>): string {
  const lines = [...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}: ${value}\n`);
  return `mvgit: ${FORMAT}\n${lines.join("")}`;
}

/** Reads lines; `values` is without `mvgit`. Never throws. */
export function readKeyLines(text: string): KeyLines {
  const version = Number(/^mvgit: ([1-9][0-9]{0,8})\n/.exec(text)?.[1]);
  if (version > FORMAT) return { kind: "newer", version };
  if (text.includes("\r")) return malformed("it has carriage returns; it must have LF line ends");
  if (version !== FORMAT) return malformed(`its first line is not 'mvgit: ${FORMAT}'`);
  if (!text.endsWith("\n")) return malformed("its last line does not end in a line feed");
  const values = new Map<string, string>();
  let before = "";
  for (const line of text.slice(0, -1).split("\n").slice(1)) {
    const problem = readLine(line, before, values);
    if (problem !== null) return malformed(problem);
    before = line.slice(0, line.indexOf(": "));
  }
  return { kind: "lines", values };
}

/** Adds a line's key and value; answers what is wrong with it. `before` is the key of the line before. */
function readLine(line: string, before: string, values: Map<string, string>): string | null {
  const colon = line.indexOf(": ");
  const key = line.slice(0, Math.max(colon, 0));
  const value = line.slice(colon + 2);
  if (!KEY.test(key)) return "a line is not of the form 'key: value'";
  if (key === before || key === "mvgit") return `the key '${key}' stands twice`;
  if (key < before) return `the key '${key}' is out of order`;
  if (BAD_VALUE.test(value)) return `the value of '${key}' is empty, or has blanks at an end, or control characters`;
  values.set(key, value);
  return null;
}

function malformed(reason: string): KeyLines {
  return { kind: "malformed", reason };
}
