/** Text from outside, made visible. Pure, so that a page shows it as a terminal does. */

const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** What has no place in lines of text: controls, and what turns the order of letters around. */
const MISPLACED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Text from outside, made safe for a terminal: control and invisible characters as `\n`, `\x1b` or `\u200b`. */
export function display(text: string): string {
  return text.replace(UNSEEN, (char) => {
    if (char === "\n") return "\\n";
    return char === "\t" ? "\\t" : escaped(char);
  });
}

/** Lines of text from outside, with their line feeds and tabs, and the marks and joiners that languages write with. */
export function displayLines(text: string): string {
  return text.replace(MISPLACED, escaped);
}

function escaped(char: string): string {
  const code = char.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}
