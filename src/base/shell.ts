/** Words for a shell. */
import { display } from "./paths.ts";

/** One word for any POSIX shell, in single quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * A name as a person pastes it into a shell: bare where that is safe. What a terminal must not get is escaped in `$'…'`,
 * which bash, zsh and ksh read. A leading dash is made harmless by `./`.
 */
export function shellName(name: string): string {
  const text = name.startsWith("-") ? `./${name}` : name;
  if (/^[A-Za-z0-9_./@%+=:,-]+$/.test(text)) return text;
  if (display(text) === text) return quoted(text);
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  return `$'${[...escaped].map((char) => (display(char) === char ? char : bytesOf(char))).join("")}'`;
}

/** Bytes of UTF-8, so that no locale matters; three octal digits each, which no following digit can lengthen. */
function bytesOf(char: string): string {
  return [...Buffer.from(char)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
