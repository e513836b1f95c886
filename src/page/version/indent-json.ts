/** JSON on lines of its own: each value as it is written, since a number need not survive being read. */

/** Letters that the lines may have: what is deep and long at once has many times as many as it had. */
const MOST = 4 * 1024 * 1024;

/** One of JSON's texts, or what stands between two of them. */
const PARTS = /"(?:[^"\\]|\\[^])*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** What is no JSON, and what would be too long, is left as it is written. */
export function indentJson(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  const parts: string[] = [];
  let [depth, length, before] = [0, 0, ""];
  const line = (): string => `\n${"  ".repeat(depth)}`;
  for (const [part] of text.matchAll(PARTS)) {
    const isEnd = part === "]" || part === "}";
    if (isEnd) depth--;
    const isEmpty = isEnd && (before === "[" || before === "{");
    const isNew = (isEnd && !isEmpty) || (!isEnd && (before === "[" || before === "{" || before === ","));
    length += part.length + (isNew ? 1 + 2 * depth : 0);
    if (length > MOST) return text;
    parts.push(isNew ? line() : "", part, part === ":" ? " " : "");
    if (part === "[" || part === "{") depth++;
    before = part;
  }
  return parts.join("");
}
