/** The lines by which tracked files are ignored by Git, in the `.gitignore` of their own folder. */

/** Anchored, with Git's escapes: `/weights.bin`. A line feed in a name, which no line can hold, is matched by `?`. */
export function ignoreLine(name: string): string {
  const escaped = name
    .replace(/[\\*?[]/g, "\\$&")
    .replaceAll("\n", "?")
    .replace(/ +$/, (blanks) => "\\ ".repeat(blanks.length));
  return `/${escaped}`;
}

/** The text with those of the lines added that it lacks. Keeps every other byte, and the text's own line ends. */
export function withIgnoreLines(text: string, lines: readonly string[]): string {
  const present = new Set(text.split(/\r?\n/));
  const missing = [...new Set(lines)].filter((line) => !present.has(line));
  if (missing.length === 0) return text;
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const joint = text === "" || text.endsWith("\n") ? "" : end;
  return text + joint + missing.map((line) => line + end).join("");
}

/** The text without those lines. */
export function withoutIgnoreLines(text: string, lines: readonly string[]): string {
  const unwanted = new Set(lines);
  const kept = text.split(/(?<=\n)/).filter((line) => !unwanted.has(line.replace(/\r?\n$/, "")));
  return kept.join("");
}
