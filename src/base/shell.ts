/** Words for a shell. */
import { pattern } from "./pattern.ts";
import { display } from "./paths.ts";

/** One word for any POSIX shell, in single quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * A name as a person pastes it into a shell: bare where that is safe. What a terminal must not get is escaped in
 * `$'…'`, which bash, zsh and ksh read. A leading dash is made harmless by `./`.
 */
export function shellName(name: string): string {
  return shellWord(name.startsWith("-") ? `./${name}` : name);
}

/**
 * The very words of a command as a shell reads them back: bare where that is safe, and otherwise as `shellName` writes
 * them.
 */
export function shellCommand(words: readonly string[]): string {
  return words.map((word, at) => (at === 0 && NOT_A_PROGRAM.test(word) ? quoted(word) : shellWord(word))).join(" ");
}

/** What a shell does not take for a program's name where a command begins. */
const NOT_A_PROGRAM = pattern()`
  ^(?:[A-Za-z_][A-Za-z0-9_]*\+?=[A-Za-z0-9_./@%+=:,-]*|if|then|else|elif|fi|do|done|case|esac|while|
  until|for|in|function|select|time|coproc)$`;

/** A word, whatever it begins with. */
export function shellWord(text: string): string {
  if (/^(?!=)[A-Za-z0-9_./@%+=:,-]+$/.test(text)) return text;
  if (display(text) === text) return quoted(text);
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  return `$'${[...escaped].map((char) => (display(char) === char ? char : bytesOf(char))).join("")}'`;
}

/** Bytes of UTF-8, so that no locale matters; three octal digits each, which no following digit can lengthen. */
function bytesOf(char: string): string {
  return [...new TextEncoder().encode(char)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
