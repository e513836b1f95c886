/** The line by which a tracked file is ignored by Git, in the `.gitignore` of its own folder. */

/** Anchored, with Git's escapes: `/weights.bin`. A line feed in a name, which no line can hold, is matched by `?`. */
export function ignoreLine(name: string): string {
  const escaped = name.replace(/[\\*?[]/g, "\\$&").replaceAll("\n", "?").replace(/ +$/, (blanks) => "\\ ".repeat(blanks.length));
  return `/${escaped}`;
}

/** The text with the line, and whether it had to be added. Keeps every other byte, and the text's own line ends. */
export function withIgnoreLine(text: string, line: string): { text: string; changed: boolean } {
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  if (text.split(/\r?\n/).includes(line)) return { text, changed: false };
  const joint = text === "" || text.endsWith("\n") ? "" : end;
  return { text: `${text}${joint}${line}${end}`, changed: true };
}

/** The text without the line, and whether it was there. */
export function withoutIgnoreLine(text: string, line: string): { text: string; changed: boolean } {
  const lines = text.split(/(?<=\n)/);
  const kept = lines.filter((each) => each.replace(/\r?\n$/, "") !== line);
  return { text: kept.join(""), changed: kept.length !== lines.length };
}
