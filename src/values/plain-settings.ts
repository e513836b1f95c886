/** Files of settings that have no types: INI, `.env`, and JSON with comments. */
import { typedWord } from "./option-words.ts";
import type { Lost } from "./recorded-values.ts";

/** Lines that are looked at. */
const MOST_LINES = 20_000;

/**
 * Python's configparser and most others: `[section]`, `key = value` or `key: value`, comments, indented lines that go
 * on. Keys are joined by dots.
 */
export function readIni(text: string): Map<string, unknown> {
  const found = new Map<string, unknown>();
  let section = "";
  let last: string | null = null;
  for (const line of text.split(/\r?\n/, MOST_LINES)) {
    const bare = line.trim();
    if (bare === "" || /^[#;]/.test(bare)) continue;
    const head = /^\[([^\]]+)\]$/.exec(bare)?.[1];
    const end = bare.search(/[=:]/);
    if (last !== null && /^[ \t]/.test(line)) found.set(last, `${String(found.get(last))}\n${bare}`);
    else if (head !== undefined) [section, last] = [head.trim(), null];
    else if (end > 0) {
      last = `${section === "" ? "" : `${section}.`}${bare.slice(0, end).trim()}`;
      found.set(
        last,
        typedWord(
          bare
            .slice(end + 1)
            .trim()
            .replace(/\s[#;].*$/, "")
            .trimEnd(),
        ),
      );
    } else if (end < 0) {
      last = null;
      found.set(`${section === "" ? "" : `${section}.`}${bare}`, null);
    } else throw new SyntaxError("it has a line without a name");
  }
  return found;
}

/** Letters of a value of a `.env` file that are looked at. */
const LONGEST_VALUE = 8192;
/**
 * What has letters and digits without a blank and is so long is left out of a file that is made for secrets, whatever
 * its name is.
 */
const MAYBE_SECRET = /^(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9+/_=.:~-]{20,}$/;

/**
 * Variables of a `.env` file: `NAME=value`, with `export`, quotes and comments. What may be a secret is told, and left
 * out.
 */
export function readEnv(text: string, lost: Lost[]): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const lines = text.split(/\r?\n/, MOST_LINES);
  for (let at = 0; at < lines.length; at++) {
    let [, name, raw] =
      /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*([^]*)$/.exec(
        (lines[at] as string).slice(0, LONGEST_VALUE),
      ) ?? [];
    if (name === undefined || raw === undefined) continue;
    const quote = /^["']/.exec(raw)?.[0] ?? "";
    // A quoted value goes on until its quote.
    const [from, first] = [at, raw];
    while (quote !== "" && raw.indexOf(quote, 1) < 0 && raw.length < LONGEST_VALUE && at + 1 < lines.length)
      raw += `\n${lines[++at]}`;
    if (quote !== "" && raw.indexOf(quote, 1) < 0) [at, raw] = [from, first];
    const quoted = /^(["'])([^]*?)\1/.exec(raw);
    const value = quoted ? (quoted[2] as string) : raw.replace(/(?:^|\s)#.*$/, "").trim();
    if (quote !== "'" && /\$(?:\{[A-Za-z_]|[A-Za-z_(])/.test(value)) {
      found.delete(name);
      lost.push({ name, why: "is made of other variables, and is left out" });
      continue;
    }
    if (MAYBE_SECRET.test(value)) {
      found.delete(name);
      lost.push({ name, why: "may be a secret, and is left out" });
    } else found.set(name, quoted ? value : typedWord(value));
  }
  return found;
}

/** JSON without its comments and last commas. */
export function withoutComments(text: string): string {
  const bare = text.replace(/"(?:[^"\\]|\\[^])*"?|\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)/g, (token) =>
    token.startsWith('"') ? token : " ",
  );
  return bare.replace(/"(?:[^"\\]|\\[^])*"?|,(?=\s{0,1000}[}\]])/g, (token) => (token.startsWith('"') ? token : ""));
}
