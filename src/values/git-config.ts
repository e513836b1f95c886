/** Text in the syntax of Git's configuration, read without a start of git. Nothing that it includes is read. */

const SECTION = /^\[[ \t]*([A-Za-z0-9.-]+)(?:[ \t]+"((?:[^"\\\n]|\\[^\n])*)")?[ \t]*\]/;
const VARIABLE = /^([A-Za-z][A-Za-z0-9-]*)[ \t]*/;

/**
 * The entries in order, keys as `git config --list` shows them: section and name in lower case, what is quoted as it
 * is. A name without value is `true`. Null for text that Git would refuse.
 */
export function readGitConfig(text: string): { key: string; value: string }[] | null {
  const entries: { key: string; value: string }[] = [];
  let section: string | null = null;
  let rest = text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  while ((rest = rest.replace(/^(?:[ \t\n]+|[#;][^\n]*)+/, "")) !== "") {
    const heading = SECTION.exec(rest);
    if (heading) {
      section = sectionName(heading[1] as string, heading[2]);
      rest = rest.slice(heading[0].length);
      continue;
    }
    const name = VARIABLE.exec(rest);
    if (!name) return null;
    const key = [...(section === null ? [] : [section]), (name[1] as string).toLowerCase()].join(".");
    rest = rest.slice(name[0].length);
    const valueless = /^(?:[\n#;]|$)/.test(rest) ? { value: "true", length: -1 } : null;
    const value = rest.startsWith("=") ? readValue(rest.slice(1)) : valueless;
    if (value === null) return null;
    entries.push({ key, value: value.value });
    rest = rest.slice(value.length + 1);
  }
  return entries;
}

function sectionName(name: string, quoted: string | undefined): string {
  return quoted === undefined ? name.toLowerCase() : `${name.toLowerCase()}.${quoted.replace(/\\(.)/g, "$1")}`;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", b: "\b", '"': '"', "\\": "\\", "\n": "" };

/**
 * A value up to its line's end, and how many characters it took; null where a quote is not closed or an escape is
 * unknown.
 */
function readValue(text: string): { value: string; length: number } | null {
  let value = "";
  // Blanks count only when something follows them.
  let blanks = "";
  let quoted = false;
  let at = 0;
  for (; at < text.length; at++) {
    let char = text[at] as string;
    if (char === "\n") break;
    if (!quoted && (char === "#" || char === ";")) {
      while (at < text.length && text[at] !== "\n") at++;
      break;
    }
    if (!quoted && (char === " " || char === "\t")) {
      if (value !== "") blanks += char;
      continue;
    }
    if (char === '"') {
      quoted = !quoted;
      continue;
    }
    if (char === "\\") {
      const escaped = ESCAPES[text[++at] ?? ""];
      if (escaped === undefined) return null;
      char = escaped;
    }
    value += blanks + char;
    blanks = "";
  }
  return quoted ? null : { value, length: at };
}
